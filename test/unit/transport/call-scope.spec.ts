import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createDiagnosis } from '../../../lib/diagnosis/create-diagnosis.js';
import { DiagnosedError } from '../../../lib/diagnosis/errors.js';
import {
  allowManyListeners,
  CallScope,
  type CallScopeOptions,
  OpenCalls,
} from '../../../lib/transport/call-scope.js';

const REASON = { why: 'the user went away' };
const LATE = createDiagnosis('COHERE_TIMEOUT', { detail: 'late' });

function open(options: CallScopeOptions = {}, calls = new OpenCalls()): CallScope {
  const scope = new CallScope(calls, options);
  onTestFinished(() => scope.close());
  return scope;
}

/** What keeps the process alive. */
const timers = () =>
  process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

const endedAt = (scope: CallScope) =>
  new Promise<void>((resolve) => scope.signal.addEventListener('abort', () => resolve()));

function thrownBy(run: () => void): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a call', () => {
  it('continues until it is aborted', () => {
    const scope = open({ timeoutMs: 60_000 });
    expect(scope).toMatchObject({ timedOut: false, signal: { aborted: false } });
    expect(() => scope.throwIfEnded(() => LATE)).not.toThrow();
  });

  it('continues without a deadline', async () => {
    const scope = open();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(scope.signal.aborted).toBe(false);
  });

  it('returns the time that is left', () => {
    const { timeoutMs, remainingMs } = open({ timeoutMs: 60_000 });
    expect(timeoutMs).toBe(60_000);
    expect(remainingMs).toBeGreaterThan(0);
    expect(remainingMs).toBeLessThanOrEqual(60_000);
    expect(open()).toMatchObject({ timeoutMs: Infinity, remainingMs: Infinity });
  });

  it('ends at its deadline, with the diagnosis of the moment', async () => {
    const scope = open({ timeoutMs: 10 });
    await endedAt(scope);
    expect(scope).toMatchObject({ timedOut: true, signal: { aborted: true } });
    expect(() => scope.throwIfEnded(() => LATE)).toThrow(
      expect.objectContaining({ code: 'COHERE_TIMEOUT', diagnosis: LATE }),
    );
  });

  it.each([
    ['when it is cancelled', (scope: CallScope) => scope.cancel(REASON)],
    ['as its caller aborts', (_: CallScope, caller: AbortController) => caller.abort(REASON)],
  ])('ends %s, with the reason given', (_, end) => {
    const caller = new AbortController();
    const scope = open({ timeoutMs: 60_000, signal: caller.signal });
    end(scope, caller);
    expect(scope).toMatchObject({ timedOut: false, signal: { reason: REASON } });
    expect(thrownBy(() => scope.throwIfEnded(() => LATE))).toBe(REASON);
  });

  it('has ended before it began where its caller had aborted', () => {
    const signal = AbortSignal.abort(REASON);
    expect(open({ signal }).signal.reason).toBe(REASON);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('ends once: the first reason counts', () => {
    const scope = open();
    const listener = vi.fn<() => void>();
    scope.signal.addEventListener('abort', listener);
    scope.cancel(REASON);
    scope.cancel('another');
    expect(scope.signal.reason).toBe(REASON);
    expect(listener).toHaveBeenCalledOnce();
  });

  it('tells its end to those who still listen', () => {
    const scope = open();
    const [staying, leaving] = [vi.fn<() => void>(), vi.fn<() => void>()];
    scope.signal.addEventListener('abort', staying);
    scope.signal.addEventListener('abort', leaving);
    scope.signal.removeEventListener('abort', leaving);
    scope.cancel(REASON);
    expect(staying).toHaveBeenCalledOnce();
    expect(leaving).not.toHaveBeenCalled();
  });

  it('keeps the process alive exactly while it runs, with or without a deadline', () => {
    const before = timers();
    const scopes = [open({ timeoutMs: 60_000 }), open()];
    expect(timers()).toBe(before + 2);
    scopes.forEach((scope) => scope.endDeadline());
    expect(timers()).toBe(before + 2);
    scopes.forEach((scope) => scope.close());
    expect(timers()).toBe(before);
  });

  it('waits with no timer that Node fires at once', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue(undefined);
    open();
    open({ timeoutMs: 1_000 }).endDeadline();
    expect(warn).not.toHaveBeenCalled();
  });

  it('has no deadline once its answer is a stream, and still hears its caller', async () => {
    const caller = new AbortController();
    const scope = open({ timeoutMs: 10, signal: caller.signal });
    scope.endDeadline();
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(scope.signal.aborted).toBe(false);
    caller.abort(REASON);
    expect(scope.signal.reason).toBe(REASON);
  });

  it('that is closed leaves the signal of its caller, and the calls of the app', () => {
    const { signal } = new AbortController();
    const calls = new OpenCalls();
    const scope = open({ signal }, calls);
    expect(calls.size).toBe(1);
    scope.close();
    expect(calls.size).toBe(0);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('a signal shared by many calls', () => {
  it('ends every call that is still going on, and no other', () => {
    const caller = new AbortController();
    const [ended, ...going] = [1, 2, 3].map(() => open({ signal: caller.signal }));
    ended?.close();
    caller.abort(REASON);
    expect(ended?.signal.aborted).toBe(false);
    expect(going.map(({ signal }): unknown => signal.reason)).toEqual([REASON, REASON]);
  });

  it('brings no warning of a leak, and has no listener once they have ended', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue(undefined);
    const { signal } = new AbortController();
    const calls = Array.from({ length: 1_000 }, () => open({ signal }));
    calls.forEach((scope) => scope.close());
    await new Promise(setImmediate);
    expect(warn).not.toHaveBeenCalled();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('may be of another implementation', () => {
    const { signal } = new AbortController();
    const foreign = { aborted: false, addEventListener: vi.fn<() => void>() };
    Object.setPrototypeOf(foreign, null);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    expect(() => allowManyListeners(foreign as unknown as typeof signal)).not.toThrow();
  });
});

describe('the end of the app', () => {
  it('ends every current and later call with a diagnosis of the shutdown', () => {
    const calls = new OpenCalls();
    const early = open({ timeoutMs: 60_000 }, calls);
    calls.close();
    const late = open({}, calls);
    for (const { timedOut, signal } of [early, late]) {
      const { reason }: { reason: unknown } = signal;
      expect(timedOut).toBe(false);
      expect(reason).toBeInstanceOf(DiagnosedError);
      expect(reason).toMatchObject({
        code: 'COHERE_UNREACHABLE',
        diagnosis: {
          title: 'The app is shutting down, so the call was ended.',
          detail:
            'CohereModule was closed while the call was under way, or before it. It was not refused.',
          fix: [
            'If the app is meant to stop, let the caller try again at another instance.',
            'Otherwise, find what closes the Nest application context before its last call.',
          ],
          httpStatus: 503,
          retryable: true,
        },
      });
    }
  });

  it('ends no call that has closed', () => {
    const calls = new OpenCalls();
    const scope = open({}, calls);
    scope.close();
    calls.close();
    expect(scope.signal.aborted).toBe(false);
  });
});
