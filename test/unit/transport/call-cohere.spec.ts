import { RERANK } from '../../../lib/rerank/rerank-operation.js';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { fingerprint, Secret } from '../../../lib/config/api-key/secret.js';
import type { RateLimiter } from '../../../lib/config/shared-stores.js';
import { createDiagnosis } from '../../../lib/diagnosis/create-diagnosis.js';
import { createError, RateLimitError } from '../../../lib/diagnosis/errors.js';
import { ApiKeyHolder } from '../../../lib/transport/api-key-holder.js';
import { FailedResponse, InterruptedAttempt } from '../../../lib/transport/attempt-failure.js';
import {
  type CallOptions,
  callCohere,
  type CohereRequest,
} from '../../../lib/transport/call-cohere.js';
import { type CallKeys, fixedKey, type KeyUse } from '../../../lib/transport/call-keys.js';
import type { CallScope } from '../../../lib/transport/call-scope.js';
import { CohereTransport } from '../../../lib/transport/cohere-transport.js';
import { recheckKey } from '../../../lib/transport/key-check.js';
import { rerankProof } from '../../../lib/rerank/rerank-proof.js';
import { answeredBy, COHERE_URL } from '../../support/cohere-host.js';
import { diagnosisOf } from '../../support/diagnosis-of.js';
import { keyNumber } from '../../support/keys.js';
import {
  failureOf,
  HangingKeySource,
  FakeKeySource,
  settingsFor,
  undetermined,
} from '../../support/rerank-over.js';
import { hang, json, StubCohere, type Answer } from '../../support/stub-cohere.js';

const OLD = keyNumber('o');
const NEW = keyNumber('n');
const REASON = { why: 'the user went away' };
const REJECTED = createDiagnosis('COHERE_API_KEY_REJECTED', { detail: '401.' });

type Attempt = (key: Secret | undefined, scope: CallScope) => Promise<string>;

function answered(status: number, message = 'no', headers: Record<string, string> = {}) {
  return new FailedResponse({ status, headers, body: JSON.stringify({ message }) });
}

const unauthorized = answered(401, 'invalid api token');

/** Attempts that end so, one after another, the last one for good. */
function attempts(...ends: readonly (string | Error)[]) {
  const left = [...ends];
  return vi.fn<Attempt>(async () => {
    const end = left.length > 1 ? left.shift() : left[0];
    if (end instanceof Error) {
      throw end;
    }
    return end ?? 'done';
  });
}

/** An attempt that ends with the call. */
const hanging: Attempt = (_, scope) =>
  new Promise((_resolve, reject) => {
    scope.addEventListener('abort', () => reject(new InterruptedAttempt('answer')));
  });

/** An attempt that fails, and the next one hangs. */
function failsThenHangs(): Attempt {
  let tries = 0;
  return async (key, scope) => {
    tries += 1;
    if (tries > 1) {
      return hanging(key, scope);
    }
    throw answered(503, 'no', { 'retry-after': '0.01' });
  };
}

const throttled = () => attempts(answered(429, 'no', { 'retry-after': '9' }));

const keysSent = (attempt: ReturnType<typeof attempts>) =>
  attempt.mock.calls.map(([key]) => key?.reveal());

function transportTo(url = 'http://cohere.test', rateLimiter?: RateLimiter): CohereTransport {
  const transport = new CohereTransport(settingsFor(url, { rateLimiter }), () => undefined);
  onTestFinished(() => transport.close());
  return transport;
}

/** A Cohere that says this of a key, and nothing else. */
async function saying(answer: Answer) {
  const stub = await StubCohere.start();
  stub.keyCheck = answer;
  const transport = new CohereTransport(
    settingsFor(COHERE_URL, { dispatcher: answeredBy(stub.url) }),
    () => undefined,
  );
  onTestFinished(() => transport.close());
  return { stub, transport };
}

/** Holds the old key; what is asked about it is asked over the transport. */
function holdOld(source = new FakeKeySource(OLD), transport = transportTo()) {
  const clock = { now: 1_000 };
  const proof = rerankProof(settingsFor('http://cohere.test'));
  const keys = new ApiKeyHolder(source, new Secret(OLD), {
    recheck: (key) => recheckKey({ transport, proof, key, keyName: source.name }),
    now: () => clock.now,
  });
  return { source, clock, keys };
}

async function refuse(keys: ApiKeyHolder): Promise<void> {
  await keys.renew(new Secret(OLD), REJECTED, true);
}

async function holdRefused(transport?: CohereTransport) {
  const held = holdOld(undefined, transport);
  await refuse(held.keys);
  return held;
}

interface Call extends Partial<Omit<CallOptions, 'transport'>> {
  readonly transport?: CohereTransport;
  readonly keys?: CallKeys;
  readonly request?: Partial<CohereRequest<string>>;
}

function call(
  attempt: Attempt,
  {
    transport = transportTo(),
    keys = fixedKey(new Secret(OLD), 'COHERE_API_KEY'),
    request,
    ...options
  }: Call = {},
) {
  return callCohere({ transport, timeoutMs: 5_000, maxRetries: 0, ...options }, (opened) =>
    opened.request({ keys, operation: RERANK, ...request, attempt }),
  );
}

beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('a call', () => {
  it('that was aborted before makes no attempt, and does not read its key', async () => {
    const attempt = attempts('done');
    const { keys, source, clock } = holdOld();
    source.changed = true;
    clock.now += 1_000;
    const signal = AbortSignal.abort(REASON);
    expect(await failureOf(call(attempt, { keys, signal }))).toBe(REASON);
    expect(attempt).not.toHaveBeenCalled();
    expect(source.reads).toBe(0);
  });

  it('leaves nothing behind, no matter how it ends', async () => {
    const transport = transportTo();
    await call(attempts('done'), { transport });
    await failureOf(call(attempts(answered(500)), { transport }));
    expect(transport.calls.size).toBe(0);
  });

  it('whose answer is a stream stays open until its reader closes it', async () => {
    const transport = transportTo();
    const scope = await callCohere(
      { transport, timeoutMs: 5_000, maxRetries: 0 },
      async (opened) => {
        expect(opened.isStreaming).toBe(false);
        opened.startStreaming();
        return opened.scope;
      },
    );
    expect(transport.calls.size).toBe(1);
    scope.close();
    expect(transport.calls.size).toBe(0);
  });

  it('whose answer is a stream has no deadline any more', async () => {
    const ended = callCohere(
      { transport: transportTo(), timeoutMs: 20, maxRetries: 0 },
      async (opened) => {
        opened.startStreaming();
        await new Promise((resolve) => setTimeout(resolve, 60));
        opened.scope.close();
        return opened.scope.aborted;
      },
    );
    expect(await ended).toBe(false);
  });

  it('carries the key that the source has by now', async () => {
    const { keys, source, clock } = holdOld();
    source.value = NEW;
    source.changed = true;
    clock.now += 1_000;
    const attempt = attempts('done');
    await call(attempt, { keys });
    expect(keysSent(attempt)).toEqual([NEW]);
  });

  it('whose key is read again for too long ends as one whose key was still being read', async () => {
    const { keys, clock, source } = holdOld(new HangingKeySource(OLD));
    source.changed = true;
    clock.now += 1_000;
    const { detail } = await diagnosisOf(call(attempts('done'), { keys, timeoutMs: 20 }));
    expect(detail).toContain('the API key was still being read');
  });

  it('names the key it was sent with, whichever is in use by now', async () => {
    let current = new Secret(OLD);
    const use: KeyUse = { ...fixedKey(current, '').use(true), take: () => current };
    const keys: CallKeys = { name: 'MY_KEY', use: () => use };
    const attempt: Attempt = async () => {
      current = new Secret(NEW);
      throw unauthorized;
    };
    const { key } = await diagnosisOf(call(attempt, { keys }));
    expect(key).toBe(`MY_KEY, ${OLD.length} characters, ${fingerprint(OLD)}`);
  });

  it('names the setting of its deadline', async () => {
    const failing = call(hanging, {
      timeoutMs: 20,
      timeoutSetting: 'COHERE_STARTUP_CHECK_TIMEOUT_MS',
    });
    const { code, detail, fix } = await diagnosisOf(failing);
    expect(code).toBe('COHERE_TIMEOUT');
    expect(detail).toContain('no response had begun');
    expect(fix.join()).toContain('COHERE_STARTUP_CHECK_TIMEOUT_MS');
  });

  it('that ran out of time reports what went wrong before only where the caller needs the cause', async () => {
    const limits = { timeoutMs: 60, maxRetries: 10 };
    expect((await diagnosisOf(call(failsThenHangs(), limits))).code).toBe('COHERE_TIMEOUT');
    const failing = call(failsThenHangs(), { ...limits, request: { reportsLastFailure: true } });
    expect((await diagnosisOf(failing)).code).toBe('COHERE_UPSTREAM_ERROR');
  });

  it('that ran out of time before anything failed reports that', async () => {
    const failing = call(hanging, { timeoutMs: 20, request: { reportsLastFailure: true } });
    expect((await diagnosisOf(failing)).code).toBe('COHERE_TIMEOUT');
  });
});

describe('retries', () => {
  it('are set by the request first, then by the call', async () => {
    const attempt = attempts(answered(503));
    await failureOf(call(attempt, { maxRetries: 2, request: { maxRetries: 1 } }));
    expect(attempt).toHaveBeenCalledTimes(2);
  });

  it('are never made of an upload, which is gone once it has been sent', async () => {
    const attempt = attempts(answered(503));
    await failureOf(
      call(attempt, { maxRetries: 2, request: { repeatable: false, maxRetries: 1 } }),
    );
    expect(attempt).toHaveBeenCalledTimes(1);
  });

  it('are not made of what would fail again', async () => {
    const attempt = attempts(answered(400));
    await failureOf(call(attempt, { maxRetries: 2 }));
    expect(attempt).toHaveBeenCalledTimes(1);
  });

  it('end when the budget is spent, with the message of Cohere', async () => {
    const transport = transportTo();
    while (transport.retryBudget.spend('transient', undefined));
    const attempt = attempts(answered(503));
    const { code } = await diagnosisOf(call(attempt, { transport, maxRetries: 2 }));
    expect(code).toBe('COHERE_UPSTREAM_ERROR');
    expect(attempt).toHaveBeenCalledTimes(1);
  });

  it('end at once when the caller aborts while they wait', async () => {
    const attempt = attempts(answered(429, 'no', { 'retry-after': '4' }));
    const controller = new AbortController();
    const failing = failureOf(call(attempt, { maxRetries: 2, signal: controller.signal }));
    await vi.waitFor(() => expect(attempt).toHaveBeenCalledTimes(1));
    await new Promise(setImmediate);
    controller.abort(REASON);
    expect(await failing).toBe(REASON);
  });

  it('that would come after the deadline tell the caller when to come back', async () => {
    const attempt = attempts(answered(429, 'no', { 'retry-after': '9' }));
    const error = await failureOf(call(attempt, { maxRetries: 2 }));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ retryAfterMs: 9_000 });
  });

  it('wait as long as an error of the rate limit says', async () => {
    const limited = createError(createDiagnosis('COHERE_RATE_LIMITED', { detail: 'x' }), 9_000);
    const attempt = attempts(limited);
    expect(await failureOf(call(attempt, { maxRetries: 2 }))).toBe(limited);
    expect(attempt).toHaveBeenCalledTimes(1);
  });
});

describe('the rate limiter', () => {
  const blocked: number[] = [];
  const limiter: RateLimiter = {
    consume: () => Promise.resolve(),
    block: (_, seconds) => {
      blocked.push(seconds);
      return Promise.resolve();
    },
  };
  beforeEach(() => {
    blocked.length = 0;
  });

  it('receives a 429 only from requests that take its points', async () => {
    const transport = transportTo(undefined, limiter);
    await failureOf(call(throttled(), { transport }));
    expect(blocked).toEqual([]);
    await failureOf(call(throttled(), { transport, request: { counts: true } }));
    expect(blocked).toEqual([9]);
  });

  it('receives no 429 without Retry-After, and no other failure with one', async () => {
    const transport = transportTo(undefined, limiter);
    const request = { counts: true };
    await failureOf(call(attempts(answered(429)), { transport, request }));
    const unavailable = answered(503, 'no', { 'retry-after': '9' });
    await failureOf(call(attempts(unavailable), { transport, request }));
    expect(blocked).toEqual([]);
  });

  it('is not called for requests that do not count, and may be absent', async () => {
    const consume = vi.fn<RateLimiter['consume']>(() => Promise.resolve());
    const transport = transportTo(undefined, { ...limiter, consume });
    await call(attempts('done'), { transport });
    expect(consume).not.toHaveBeenCalled();
    const { code } = await diagnosisOf(call(throttled(), { request: { counts: true } }));
    expect(code).toBe('COHERE_RATE_LIMITED');
  });

  it('that answers after the deadline ends the call as one that waited for a point', async () => {
    const silent = { ...limiter, execEvenly: true, consume: () => new Promise(() => undefined) };
    const transport = transportTo(undefined, silent);
    const failing = call(attempts('done'), { transport, timeoutMs: 20, request: { counts: true } });
    const { code, detail } = await diagnosisOf(failing);
    expect(code).toBe('COHERE_TIMEOUT');
    expect(detail).toContain('waiting for its turn');
  });
});

describe('a turn', () => {
  it('is released when the attempt fails', async () => {
    const transport = transportTo();
    await failureOf(call(attempts(answered(500)), { transport, request: { limited: true } }));
    expect(transport.concurrency.inFlight).toBe(0);
  });

  it('is taken only by limited requests', async () => {
    const transport = transportTo();
    const inFlight: number[] = [];
    const attempt: Attempt = async () => {
      inFlight.push(transport.concurrency.inFlight);
      return 'done';
    };
    await call(attempt, { transport });
    await call(attempt, { transport, request: { limited: true } });
    expect(inFlight).toEqual([0, 1]);
  });

  it('that comes after the deadline is reported as such', async () => {
    const transport = transportTo();
    while (transport.concurrency.tryAcquire());
    const failing = call(attempts('done'), {
      transport,
      timeoutMs: 20,
      request: { limited: true },
    });
    expect((await diagnosisOf(failing)).detail).toContain('waiting for its turn');
  });
});

describe('a 401 that Cohere does not confirm', () => {
  it('is retried once with the same key, and then attributed to the route', async () => {
    const { transport, stub } = await saying(json(200, { valid: true }));
    const { keys } = holdOld(undefined, transport);
    const attempt = attempts(unauthorized);
    expect((await diagnosisOf(call(attempt, { transport, keys }))).code).toBe(REJECTED.code);
    expect(attempt).toHaveBeenCalledTimes(2);
    expect(stub.keyChecks).toHaveLength(2);
    expect(keys.rejection).toBeUndefined();
  });

  it('costs no retry of maxRetries', async () => {
    const { transport } = await saying(json(200, { valid: true }));
    const { keys } = holdOld(undefined, transport);
    expect(await call(attempts(unauthorized, 'done'), { transport, keys })).toEqual({
      value: 'done',
      retries: 1,
    });
  });

  it('is not tried again with an upload', async () => {
    const { transport } = await saying(json(200, { valid: true }));
    const { keys } = holdOld(undefined, transport);
    const attempt = attempts(unauthorized, 'done');
    await failureOf(call(attempt, { transport, keys, request: { repeatable: false } }));
    expect(attempt).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['a server that has no such route', json(404, {})],
    ['a server that fails', json(500, {})],
  ])('counts the second time if there is no recheck: %s', async (_, answer) => {
    const { transport } = await saying(answer);
    const { keys } = holdOld(undefined, transport);
    const attempt = attempts(unauthorized);
    await failureOf(call(attempt, { transport, keys }));
    expect(attempt).toHaveBeenCalledTimes(2);
    expect(keys.rejection?.code).toBe(REJECTED.code);
  });

  it('counts at once where Cohere confirms it, and the call ends', async () => {
    const { transport, stub } = await saying(json(200, { valid: false }));
    const { keys } = holdOld(undefined, transport);
    const attempt = attempts(unauthorized);
    const { detail } = await diagnosisOf(call(attempt, { transport, keys }));
    expect(detail).not.toContain('tried again');
    expect(attempt).toHaveBeenCalledTimes(1);
    expect(keys.rejection?.code).toBe(REJECTED.code);
    expect(stub.keyChecks[0]?.headers.authorization).toBe(`Bearer ${OLD}`);
  });

  it('is returned for a key that cannot be renewed, and without a key', async () => {
    const attempt = attempts(unauthorized);
    await failureOf(call(attempt));
    const none = new ApiKeyHolder(new FakeKeySource(OLD), undefined, { recheck: undetermined });
    await failureOf(call(attempt, { keys: none }));
    expect(attempt).toHaveBeenCalledTimes(2);
  });
});

describe('a key that is replaced', () => {
  it('is picked up, and the call continues with the new one', async () => {
    const { keys, source } = holdOld();
    source.value = NEW;
    const attempt = attempts(unauthorized, 'done');
    expect(await call(attempt, { keys })).toEqual({ value: 'done', retries: 1 });
    expect(keysSent(attempt)).toEqual([OLD, NEW]);
  });

  it('is used by the next call where the request was an upload', async () => {
    const { keys, source } = holdOld();
    source.value = NEW;
    const attempt = attempts(unauthorized, 'done');
    await failureOf(call(attempt, { keys, request: { repeatable: false } }));
    expect(keysSent(attempt)).toEqual([OLD]);
    expect(keys.current?.reveal()).toBe(NEW);
  });

  it('inherits the unconfirmed refusal of the one before', async () => {
    const { transport, stub } = await saying(json(200, { valid: true }));
    const { keys, source } = holdOld(undefined, transport);
    const attempt = vi.fn<Attempt>(async () => {
      // The second refusal of the old key finds another key at the source.
      source.value = attempt.mock.calls.length >= 2 ? NEW : OLD;
      throw unauthorized;
    });
    await failureOf(call(attempt, { transport, keys }));
    expect(keysSent(attempt)).toEqual([OLD, OLD, NEW, NEW]);
    expect(stub.keyChecks).toHaveLength(3);
  });

  it('at each reading, each of them refused, is polled with back-off', async () => {
    const { keys, source } = holdOld();
    source.read = () => {
      source.reads += 1;
      return Promise.resolve(new Secret(keyNumber(`${source.reads}`)));
    };
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const start = performance.now();
    const times: number[] = [];
    const attempt: Attempt = async () => {
      times.push(Math.round(performance.now() - start));
      throw unauthorized;
    };
    const failing = diagnosisOf(call(attempt, { keys, timeoutMs: 5_000 }));
    await vi.advanceTimersByTimeAsync(5_000);
    expect((await failing).code).toBe(REJECTED.code);
    // The next would have to wait longer than the call may take.
    expect(times).toEqual([0, 0, 0, 0, 100, 300, 700, 1_500, 2_500, 3_500, 4_500]);
  });

  it('by one that is never returned costs a call only its deadline', async () => {
    const { keys } = holdOld(new HangingKeySource(OLD));
    const failing = call(attempts(unauthorized), { keys, timeoutMs: 50 });
    expect(await diagnosisOf(failing)).toMatchObject({
      code: 'COHERE_TIMEOUT',
      detail: expect.stringContaining('the API key was still being read'),
    });
  });
});

describe('a key that is known to be refused', () => {
  it('fails a call at once, and the diagnosis mentions the recheck', async () => {
    const { keys } = await holdRefused();
    const attempt = attempts('done');
    const { code, detail } = await diagnosisOf(call(attempt, { keys }));
    expect(code).toBe(REJECTED.code);
    expect(detail).toBe('401. The refusal is confirmed; the key is tried again every 5 seconds.');
    expect(attempt).not.toHaveBeenCalled();
  });

  it('is accepted again with the first 2xx', async () => {
    const { transport, stub } = await saying(json(200, { valid: true }));
    const { keys, clock } = await holdRefused(transport);
    clock.now += 5_000;
    expect(await call(attempts('done'), { transport, keys })).toEqual({
      value: 'done',
      retries: 0,
    });
    expect(stub.keyChecks).toHaveLength(1);
    expect(keys.rejection).toBeUndefined();
  });

  it('stays refused, is not sent and costs no point, when Cohere says so again', async () => {
    const consume = vi.fn<RateLimiter['consume']>(() => Promise.resolve());
    const stub = await StubCohere.start();
    stub.keyCheck = json(200, { valid: false });
    const rateLimiter = { consume, block: consume };
    const transport = new CohereTransport(
      settingsFor(COHERE_URL, { dispatcher: answeredBy(stub.url), rateLimiter }),
      () => undefined,
    );
    onTestFinished(() => transport.close());
    const { keys, clock } = await holdRefused(transport);
    clock.now += 5_000;
    const attempt = attempts('done');
    const failing = call(attempt, { transport, keys, request: { counts: true } });
    expect((await diagnosisOf(failing)).detail).toContain('tried again every 5 seconds');
    expect(attempt).not.toHaveBeenCalled();
    expect(consume).not.toHaveBeenCalled();
    expect(keys.rejection).toBe(REJECTED);
  });

  it('is rechecked by one call if Cohere cannot be reached, and accepted again with its 2xx', async () => {
    const { transport } = await saying(json(404, {}));
    const { keys, clock } = await holdRefused(transport);
    clock.now += 5_000;
    const attempt = attempts('done');
    const calls = [call(attempt, { transport, keys }), call(attempt, { transport, keys })];
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(attempt).toHaveBeenCalledTimes(1);
    expect(keys.rejection).toBeUndefined();
  });

  it('is tried once by that call, not until it is confirmed', async () => {
    const { transport, stub } = await saying(json(404, {}));
    const { keys, clock } = await holdRefused(transport);
    clock.now += 5_000;
    const attempt = attempts(unauthorized);
    await failureOf(call(attempt, { transport, keys }));
    expect(attempt).toHaveBeenCalledTimes(1);
    expect(stub.keyChecks).toHaveLength(1);
  });

  it('stops a request that was waiting for its turn meanwhile', async () => {
    const transport = transportTo();
    const { keys } = holdOld();
    while (transport.concurrency.tryAcquire());
    const attempt = attempts('done');
    const failing = diagnosisOf(call(attempt, { transport, keys, request: { limited: true } }));
    await new Promise(setImmediate);
    await refuse(keys);
    transport.concurrency.release();
    expect((await failing).code).toBe(REJECTED.code);
    expect(attempt).not.toHaveBeenCalled();
  });

  it('is not confirmed for longer than the deadline of the call', async () => {
    const { transport } = await saying(hang);
    const { keys, clock } = await holdRefused(transport);
    clock.now += 5_000;
    const failing = call(attempts('done'), { transport, keys, timeoutMs: 50 });
    expect((await diagnosisOf(failing)).code).toBe('COHERE_TIMEOUT');
  });
});
