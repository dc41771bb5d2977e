import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createDiagnosis } from '../../../lib/diagnosis/create-diagnosis.js';
import { DiagnosedError } from '../../../lib/diagnosis/errors.js';
import { CallScope, type CallScopeOptions, OpenCalls } from '../../../lib/transport/call-scope.js';

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
  new Promise<void>((resolve) => scope.addEventListener('abort', () => resolve()));

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
    expect(scope).toMatchObject({ aborted: false, timedOut: false, reason: undefined });
    expect(() => scope.throwIfEnded(() => LATE)).not.toThrow();
  });

  it('continues without a deadline', async () => {
    const scope = open();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(scope.aborted).toBe(false);
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
    expect(scope).toMatchObject({ aborted: true, timedOut: true });
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
    expect(scope).toMatchObject({ aborted: true, timedOut: false, reason: REASON });
    expect(thrownBy(() => scope.throwIfEnded(() => LATE))).toBe(REASON);
  });

  it('has ended before it began where its caller had aborted', () => {
    const signal = AbortSignal.abort(REASON);
    expect(open({ signal })).toMatchObject({ aborted: true, reason: REASON });
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('ends once: the first reason counts', () => {
    const scope = open();
    const listener = vi.fn<() => void>();
    scope.addEventListener('abort', listener);
    scope.cancel(REASON);
    scope.cancel('another');
    expect(scope.reason).toBe(REASON);
    expect(listener).toHaveBeenCalledOnce();
  });

  it('notifies its listeners when it ends', () => {
    const scope = open();
    const [staying, leaving] = [vi.fn<() => void>(), vi.fn<() => void>()];
    scope.addEventListener('abort', staying);
    scope.addEventListener('abort', leaving);
    scope.removeEventListener('abort', leaving);
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

  it('has no deadline once its response is a stream, but can still be aborted', async () => {
    const caller = new AbortController();
    const scope = open({ timeoutMs: 10, signal: caller.signal });
    scope.endDeadline();
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(scope.aborted).toBe(false);
    caller.abort(REASON);
    expect(scope.reason).toBe(REASON);
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

describe('the end of the app', () => {
  it('ends every current and later call with a diagnosis of the shutdown', () => {
    const calls = new OpenCalls();
    const early = open({ timeoutMs: 60_000 }, calls);
    calls.close();
    const late = open({}, calls);
    for (const { aborted, timedOut, reason } of [early, late]) {
      expect({ aborted, timedOut }).toEqual({ aborted: true, timedOut: false });
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
    expect(scope.aborted).toBe(false);
  });
});
