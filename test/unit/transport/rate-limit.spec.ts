import {
  BurstyRateLimiter,
  RateLimiterMemory,
  RateLimiterQueue,
  RateLimiterRedis,
} from 'rate-limiter-flexible';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Secret } from '../../../lib/config/api-key/secret.js';
import { isRateLimiter, type RateLimiter } from '../../../lib/config/shared-stores.js';
import { RateLimitError } from '../../../lib/diagnosis/errors.js';
import { ConcurrencyLimit } from '../../../lib/transport/concurrency-limit.js';
import { RateLimit, type WaitingCall } from '../../../lib/transport/rate-limit.js';
import { failureOf } from '../../support/rerank-over.js';
import { KEY } from '../../support/keys.js';

const DEPLOYMENT = 'https://api.cohere.com';
const key = new Secret(KEY);

/** A limiter that counts what it is asked. */
class CountingLimiter extends RateLimiterMemory {
  readonly consumed: string[] = [];
  readonly blocked: (readonly [string, number])[] = [];

  override consume(storeKey: string) {
    this.consumed.push(storeKey);
    return super.consume(storeKey, 1);
  }

  override block(storeKey: string, seconds: number) {
    this.blocked.push([storeKey, seconds]);
    return super.block(storeKey, seconds);
  }
}

/** A call with a deadline and an abort of its own. */
class Call implements WaitingCall {
  readonly #controller = new AbortController();
  readonly #endsAt: number;

  constructor(timeoutMs = 10_000) {
    this.#endsAt = performance.now() + timeoutMs;
  }

  get aborted(): boolean {
    return this.#controller.signal.aborted;
  }

  get reason(): unknown {
    return this.#controller.signal.reason;
  }

  addEventListener(type: 'abort', listener: () => void): void {
    this.#controller.signal.addEventListener(type, listener, { once: true });
  }

  removeEventListener(type: 'abort', listener: () => void): void {
    this.#controller.signal.removeEventListener(type, listener);
  }

  get remainingMs(): number {
    return this.#endsAt - performance.now();
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }
}

function rateLimitOver(limiter: RateLimiter, slots = new ConcurrencyLimit(16)) {
  const warnings: string[] = [];
  const rateLimit = new RateLimit({
    limiter,
    slots,
    deployment: DEPLOYMENT,
    warn: (message) => warnings.push(message),
  });
  return { rateLimit, warnings };
}

/** Names, in the order in which they were let through. */
function watch(promises: Readonly<Record<string, Promise<unknown>>>): string[] {
  const passed: string[] = [];
  for (const [name, promise] of Object.entries(promises)) {
    promise.then(
      () => passed.push(name),
      () => undefined,
    );
  }
  return passed;
}

const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a rate limiter', () => {
  it('admits as many requests as it has points, and the next ones after the window', async () => {
    const { rateLimit } = rateLimitOver(new RateLimiterMemory({ points: 2, duration: 1 }));
    const take = () => rateLimit.takePoint(key, new Call());
    const passed = watch({ a: take(), b: take(), c: take(), d: take(), e: take() });

    await settle();
    expect(passed).toEqual(['a', 'b']);
    await vi.advanceTimersByTimeAsync(1_010);
    expect(passed).toEqual(['a', 'b', 'c', 'd']);
    await vi.advanceTimersByTimeAsync(1_010);
    expect(passed).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('is queried by as many calls at once as there are slots', async () => {
    const limiter = {
      consume: () => new Promise((resolve) => setTimeout(resolve, 50)),
      block: () => Promise.resolve(),
    };
    const { rateLimit } = rateLimitOver(limiter, new ConcurrencyLimit(3));
    const take = () => rateLimit.takePoint(key, new Call());
    const passed = watch({ a: take(), b: take(), c: take(), d: take() });

    await vi.advanceTimersByTimeAsync(50);
    expect(passed).toEqual(['a', 'b', 'c']);
    await vi.advanceTimersByTimeAsync(50);
    expect(passed).toEqual(['a', 'b', 'c', 'd']);
  });

  it('is queried by no more of the waiting calls, and by none before the next window', async () => {
    const limiter = new CountingLimiter({ points: 1, duration: 1 });
    const { rateLimit } = rateLimitOver(limiter, new ConcurrencyLimit(2));
    const calls = Array.from({ length: 8 }, () => rateLimit.takePoint(key, new Call(60_000)));
    await vi.advanceTimersByTimeAsync(900);

    // One that is admitted, one that is refused.
    expect(limiter.consumed).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(10_000);
    await Promise.all(calls);
    // Each window: one that is admitted, and at most two that are refused.
    expect(limiter.consumed.length).toBeLessThanOrEqual(3 * 8);
  });

  it('counts each key and each deployment for itself, and is never shown a key', async () => {
    const limiter = new CountingLimiter({ points: 1, duration: 60 });
    const other = new Secret('another0123456789abcdefghijABCDEFGHIJ01');
    const { rateLimit } = rateLimitOver(limiter);
    const elsewhere = new RateLimit({
      limiter,
      slots: new ConcurrencyLimit(16),
      deployment: 'https://cohere.example/eu',
      warn: () => undefined,
    });

    await rateLimit.takePoint(key, new Call());
    await rateLimit.takePoint(other, new Call());
    await rateLimit.takePoint(undefined, new Call());
    await elsewhere.takePoint(key, new Call());

    expect(new Set(limiter.consumed).size).toBe(4);
    expect(limiter.consumed[0]).toMatch(/^api\.cohere\.com:[0-9a-f]{8}:sha256:[0-9a-f]{8}$/);
    expect(limiter.consumed.join(' ')).not.toContain(KEY.slice(0, 8));
  });

  it('fails a call at once when the next point comes after its deadline, with retryAfterMs', async () => {
    const limiter = new CountingLimiter({ points: 1, duration: 30 });
    const { rateLimit } = rateLimitOver(limiter);
    await rateLimit.takePoint(key, new Call());

    const error = await failureOf(rateLimit.takePoint(key, new Call(5_000)));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ code: 'COHERE_RATE_LIMITED', retryAfterMs: 30_000 });

    // It is known now; the store need not be asked again.
    const asked = limiter.consumed.length;
    await failureOf(rateLimit.takePoint(key, new Call(5_000)));
    expect(limiter.consumed).toHaveLength(asked);
  });

  it('fails a call as soon as those before it leave no point before its deadline', async () => {
    const { rateLimit } = rateLimitOver(new RateLimiterMemory({ points: 2, duration: 1 }));
    const passed = watch(
      Object.fromEntries(
        Array.from({ length: 6 }, (_, index) => [index, rateLimit.takePoint(key, new Call(2_500))]),
      ),
    );
    const late = failureOf(rateLimit.takePoint(key, new Call(2_500)));
    await vi.advanceTimersByTimeAsync(2_100);

    expect(await late).toMatchObject({
      code: 'COHERE_RATE_LIMITED',
      retryAfterMs: expect.any(Number),
    });
    expect(passed).toEqual(['0', '1', '2', '3', '4', '5']);
  });

  it('keeps the order and the place of the others when a waiting call is aborted', async () => {
    const { rateLimit } = rateLimitOver(new RateLimiterMemory({ points: 1, duration: 1 }));
    await rateLimit.takePoint(key, new Call());
    const head = new Call();
    const first = rateLimit.takePoint(key, head);
    const passed = watch({
      first,
      second: rateLimit.takePoint(key, new Call()),
      third: rateLimit.takePoint(key, new Call()),
    });
    await vi.advanceTimersByTimeAsync(500);

    const reason = new Error('the user went away');
    head.abort(reason);
    expect(await failureOf(first)).toBe(reason);
    await vi.advanceTimersByTimeAsync(510);
    expect(passed).toEqual(['second']);
    await vi.advanceTimersByTimeAsync(1_010);
    expect(passed).toEqual(['second', 'third']);
  });

  it('is called for the next call when the first one is aborted', async () => {
    const answers: (() => void)[] = [];
    const { rateLimit } = rateLimitOver({
      consume: () => new Promise<void>((resolve) => answers.push(resolve)),
      block: () => Promise.resolve(),
    });
    const call = new Call();
    const gone = failureOf(rateLimit.takePoint(key, call));
    const passed = watch({ next: rateLimit.takePoint(key, new Call()) });
    await settle();
    call.abort('gone');
    expect(await gone).toBe('gone');
    await settle();
    answers[1]?.();
    await settle();
    expect(passed).toEqual(['next']);
  });

  it('leaves no listener on the signal of a call that gave up waiting, and one timer at most', async () => {
    const { rateLimit } = rateLimitOver({
      consume: () => Promise.reject({ msBeforeNext: 5_000 }),
      block: () => Promise.resolve(),
    });
    const calls = [new Call(), new Call()];
    const removed = calls.map((call) => vi.spyOn(call, 'removeEventListener'));
    const waiting = calls.map((call) => failureOf(rateLimit.takePoint(key, call)));
    await settle();
    for (const call of calls) {
      call.abort(new Error('gone'));
    }
    await Promise.all(waiting);
    await vi.advanceTimersByTimeAsync(4_990);
    removed.forEach((spy) => expect(spy).toHaveBeenCalled());
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(10);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves no listener on the signal of an admitted call', async () => {
    const { rateLimit } = rateLimitOver(new RateLimiterMemory({ points: 1, duration: 1 }));
    const call = new Call();
    const added = vi.spyOn(call, 'addEventListener');
    const removed = vi.spyOn(call, 'removeEventListener');
    await rateLimit.takePoint(key, call);
    expect(removed.mock.calls.length).toBe(added.mock.calls.length);
  });

  it('does not call the store for an aborted call', async () => {
    const limiter = new CountingLimiter({ points: 1, duration: 1 });
    const { rateLimit } = rateLimitOver(limiter);
    const call = new Call();
    call.abort('gone');
    expect(await failureOf(rateLimit.takePoint(key, call))).toBe('gone');
    expect(limiter.consumed).toEqual([]);
  });

  it('that is never refilled fails the call instead of delaying it', async () => {
    const { rateLimit } = rateLimitOver(new RateLimiterMemory({ points: 1, duration: 0 }));
    await rateLimit.takePoint(key, new Call());
    const error = await failureOf(rateLimit.takePoint(key, new Call()));
    expect(error).toMatchObject({ code: 'COHERE_RATE_LIMITED', retryAfterMs: undefined });
  });

  it.each([
    ['never', -1],
    ['in an hour', 3_600_000],
    ['never, in other words', Infinity],
  ])('that says %s is asked again after ten seconds, while calls come', async (_, msBeforeNext) => {
    let isSpent = true;
    let asked = 0;
    const { rateLimit } = rateLimitOver({
      consume: () => {
        asked += 1;
        return isSpent ? Promise.reject({ msBeforeNext }) : Promise.resolve();
      },
      block: () => Promise.resolve(),
    });
    await failureOf(rateLimit.takePoint(key, new Call()));
    isSpent = false;
    await vi.advanceTimersByTimeAsync(9_000);
    expect(await failureOf(rateLimit.takePoint(key, new Call()))).toBeInstanceOf(RateLimitError);
    expect(asked).toBe(1);
    await vi.advanceTimersByTimeAsync(1_001);
    expect(await rateLimit.takePoint(key, new Call())).toBe(false);
    expect(await rateLimit.takePoint(key, new Call())).toBe(false);
    expect(asked).toBe(3);
  });

  it('whose budget is freed admits a waiting call within ten seconds', async () => {
    const limiter = new CountingLimiter({ points: 1, duration: 3_600 });
    const { rateLimit } = rateLimitOver(limiter);
    await rateLimit.takePoint(key, new Call());
    const passed = watch({ waiting: rateLimit.takePoint(key, new Call(7_200_000)) });
    await settle();
    await limiter.delete(limiter.consumed[0] ?? '');
    await vi.advanceTimersByTimeAsync(10_001);
    expect(passed).toEqual(['waiting']);
  });

  it('that spreads its points over the window does not count as hanging', async () => {
    const limiter = new RateLimiterMemory({ points: 2, duration: 10, execEvenly: true });
    const { rateLimit, warnings } = rateLimitOver(limiter);
    const take = () => rateLimit.takePoint(key, new Call());
    const passed = watch({ first: take(), second: take() });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(passed).toEqual(['first']);
    await vi.advanceTimersByTimeAsync(7_000);
    expect(passed).toEqual(['first', 'second']);
    expect(warnings).toEqual([]);
  });
});

it('serves waiting calls in order of arrival', async () => {
  vi.useRealTimers();
  let window = -1;
  let left = 0;
  const consume = () => {
    const now = performance.now();
    if (Math.floor(now / 50) !== window) {
      window = Math.floor(now / 50);
      left = 4;
    }
    left -= 1;
    return left >= 0 ? Promise.resolve() : Promise.reject({ msBeforeNext: 50 - (now % 50) });
  };
  const slots = new ConcurrencyLimit(16);
  const { rateLimit } = rateLimitOver({ consume, block: () => Promise.resolve() }, slots);
  const served: number[] = [];
  const serve = async (arrival: number) => {
    await rateLimit.takePoint(key, new Call(), true);
    served.push(arrival);
    slots.release();
  };
  const calls: Promise<unknown>[] = [];
  for (let arrival = 0; arrival < 60; arrival += 1) {
    calls.push(serve(arrival));
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await new Promise((resolve) => setTimeout(resolve, 3.7));
  }
  await Promise.all(calls);
  const overtaken = served.map((arrival, place) => place - arrival);
  expect(Math.max(...overtaken)).toBeLessThan(slots.limit);
});

describe('a 429 of Cohere with Retry-After', () => {
  it('stops the key for every process that shares the limiter', async () => {
    const limiter = new RateLimiterMemory({ points: 100, duration: 1 });
    const here = rateLimitOver(limiter).rateLimit;
    const there = rateLimitOver(limiter).rateLimit;
    here.block(key, 4_500);

    const passed = watch({
      here: here.takePoint(key, new Call()),
      there: there.takePoint(key, new Call()),
    });
    await vi.advanceTimersByTimeAsync(4_500);
    expect(passed).toEqual([]);
    await vi.advanceTimersByTimeAsync(600);
    expect(passed.toSorted()).toEqual(['here', 'there']);
  });

  it('blocks the key once, for any number of requests in flight', () => {
    const limiter = new CountingLimiter({ points: 100, duration: 1 });
    const { rateLimit } = rateLimitOver(limiter);
    for (let refused = 0; refused < 16; refused += 1) {
      rateLimit.block(key, 12_000);
    }
    expect(limiter.blocked.map(([, seconds]) => seconds)).toEqual([12]);
  });

  it('of 0 seconds blocks nothing: stores keep a key for ever that is blocked for 0', () => {
    const limiter = new CountingLimiter({ points: 100, duration: 1 });
    const { rateLimit } = rateLimitOver(limiter);
    rateLimit.block(key, 0);
    rateLimit.block(key, Number.NaN);
    expect(limiter.blocked).toEqual([]);
  });

  it('of a day stops the fleet for five minutes', () => {
    const limiter = new CountingLimiter({ points: 100, duration: 1 });
    rateLimitOver(limiter).rateLimit.block(key, 86_400_000);
    expect(limiter.blocked.map(([, seconds]) => seconds)).toEqual([300]);
  });

  it('fails the calls at once that cannot wait that long', async () => {
    const { rateLimit } = rateLimitOver(new RateLimiterMemory({ points: 1, duration: 1 }));
    await rateLimit.takePoint(key, new Call());
    const waiting = failureOf(rateLimit.takePoint(key, new Call(3_000)));
    await settle();
    rateLimit.block(key, 60_000);
    expect(await waiting).toMatchObject({ code: 'COHERE_RATE_LIMITED', retryAfterMs: 60_000 });
  });
});

describe('a rate limiter that fails', () => {
  it('lets every call proceed, and warns once a minute', async () => {
    const { rateLimit, warnings } = rateLimitOver({
      consume: () =>
        Promise.reject(new Error('connect ECONNREFUSED redis://app:hunter2hunter2@10.0.0.7:6379')),
      block: () => Promise.reject(new Error('down')),
    });
    const calls = () => Promise.all([1, 2, 3].map(() => rateLimit.takePoint(key, new Call())));
    await calls();
    rateLimit.block(key, 2_000);
    await vi.advanceTimersByTimeAsync(2_000);
    await calls();
    expect(warnings).toEqual([
      'rateLimiter fails: connect ECONNREFUSED redis://[redacted]@10.0.0.7:6379. Requests are sent to Cohere without it until it works again.',
    ]);

    await vi.advanceTimersByTimeAsync(60_000);
    await calls();
    expect(warnings).toHaveLength(2);
  });

  it('by never answering delays calls for a second, and then none for five', async () => {
    let asked = 0;
    const { rateLimit, warnings } = rateLimitOver({
      consume: () => {
        asked += 1;
        return new Promise(() => undefined);
      },
      block: () => Promise.resolve(),
    });
    const passed = watch({
      a: rateLimit.takePoint(key, new Call()),
      b: rateLimit.takePoint(key, new Call()),
    });
    await vi.advanceTimersByTimeAsync(1_001);
    expect(passed).toEqual(['a', 'b']);

    await rateLimit.takePoint(key, new Call());
    expect(asked).toBe(2);
    expect(warnings).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(5_000);
    const later = rateLimit.takePoint(key, new Call());
    await settle();
    expect(asked).toBe(3);
    await vi.advanceTimersByTimeAsync(1_001);
    await later;
  });

  it('by never answering is replaced by its insurance from the first call on, with one warning', async () => {
    const insuranceLimiter = new RateLimiterMemory({ points: 2, duration: 60 });
    const { rateLimit, warnings } = rateLimitOver({
      consume: () => new Promise(() => undefined),
      block: () => Promise.resolve(),
      insuranceLimiter,
    });
    const passed = watch(
      Object.fromEntries(
        Array.from({ length: 9 }, (_, index) => [
          index,
          rateLimit.takePoint(key, new Call(30_000)),
        ]),
      ),
    );
    await vi.advanceTimersByTimeAsync(29_000);
    expect(passed).toEqual(['0', '1']);
    expect(warnings).toEqual([
      'rateLimiter fails: no answer within 1000 ms. Its insuranceLimiter counts the requests until it works again.',
    ]);
    await vi.advanceTimersByTimeAsync(40_000);
  });

  it('by never answering, and its insurance too, lets calls go', async () => {
    const hangs = { consume: () => new Promise(() => undefined), block: () => Promise.resolve() };
    const { rateLimit, warnings } = rateLimitOver({ ...hangs, insuranceLimiter: hangs });
    const passed = watch({ a: rateLimit.takePoint(key, new Call()) });
    await vi.advanceTimersByTimeAsync(2_100);
    expect(passed).toEqual(['a']);
    expect(warnings).toHaveLength(2);
  });

  it.each([['nothing'], [{ budget: 0 }], [{ msBeforeNext: Number.NaN }]])(
    'by throwing %j counts as failing',
    async (thrown) => {
      const { rateLimit, warnings } = rateLimitOver({
        consume: () => Promise.reject(thrown),
        block: () => Promise.resolve(),
      });
      await rateLimit.takePoint(key, new Call());
      expect(warnings).toHaveLength(1);
    },
  );

  it('by throwing before it returns a promise counts as failing', async () => {
    const { rateLimit, warnings } = rateLimitOver({
      consume: () => {
        throw new Error('not connected');
      },
      block: () => Promise.resolve(),
    });
    await rateLimit.takePoint(key, new Call());
    expect(warnings).toHaveLength(1);
  });
});

describe('a call that needs a slot', () => {
  it('takes no point before there is a slot to use it in', async () => {
    const limiter = new CountingLimiter({ points: 10, duration: 1 });
    const slots = new ConcurrencyLimit(1);
    const { rateLimit } = rateLimitOver(limiter, slots);
    slots.tryAcquire();
    const passed = watch({
      first: rateLimit.takePoint(key, new Call(), true),
      second: rateLimit.takePoint(key, new Call(), true),
    });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(limiter.consumed).toEqual([]);

    slots.release();
    await settle();
    expect(passed).toEqual(['first']);
    expect(limiter.consumed).toHaveLength(1);
    slots.release();
    await settle();
    expect(passed).toEqual(['first', 'second']);
    expect(slots.inFlight).toBe(1);
  });

  it('has a slot and a point together', async () => {
    const slots = new ConcurrencyLimit(2);
    const { rateLimit } = rateLimitOver(new CountingLimiter({ points: 9, duration: 1 }), slots);
    expect(await rateLimit.takePoint(key, new Call(), true)).toBe(true);
    expect(await rateLimit.takePoint(key, new Call())).toBe(false);
    expect(slots.inFlight).toBe(1);
  });

  it('keeps none while it waits for a point', async () => {
    const slots = new ConcurrencyLimit(1);
    const { rateLimit } = rateLimitOver(new CountingLimiter({ points: 1, duration: 2 }), slots);
    await rateLimit.takePoint(key, new Call(), true);
    slots.release();
    const passed = watch({ next: rateLimit.takePoint(key, new Call(), true) });
    await settle();
    expect(slots.inFlight).toBe(0);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(passed).toEqual(['next']);
    expect(slots.inFlight).toBe(1);
  });

  it('does not hold up one that needs none', async () => {
    const slots = new ConcurrencyLimit(1);
    const { rateLimit } = rateLimitOver(new CountingLimiter({ points: 9, duration: 1 }), slots);
    slots.tryAcquire();
    const passed = watch({
      limited: rateLimit.takePoint(key, new Call(), true),
      free: rateLimit.takePoint(key, new Call()),
    });
    await settle();
    expect(passed).toEqual(['free']);
  });

  it('that is aborted while it waits for one leaves it to the next', async () => {
    const slots = new ConcurrencyLimit(1);
    const { rateLimit } = rateLimitOver(new CountingLimiter({ points: 9, duration: 1 }), slots);
    slots.tryAcquire();
    const call = new Call();
    const gone = failureOf(rateLimit.takePoint(key, call, true));
    const passed = watch({ next: rateLimit.takePoint(key, new Call(), true) });
    call.abort('gone');
    expect(await gone).toBe('gone');
    slots.release();
    await settle();
    expect(passed).toEqual(['next']);
    slots.release();
    expect(slots.inFlight).toBe(0);
  });

  it('releases it when it is aborted during a store call', async () => {
    const slots = new ConcurrencyLimit(1);
    const answers: (() => void)[] = [];
    const { rateLimit } = rateLimitOver(
      {
        consume: () => new Promise<void>((resolve) => answers.push(resolve)),
        block: () => Promise.resolve(),
      },
      slots,
    );
    const call = new Call();
    const gone = failureOf(rateLimit.takePoint(key, call, true));
    await settle();
    call.abort('gone');
    expect(await gone).toBe('gone');
    answers[0]?.();
    await settle();
    expect(slots.inFlight).toBe(0);
  });

  it('keeps waiting if its key is blocked before it has one', async () => {
    const limiter = new CountingLimiter({ points: 9, duration: 1 });
    const slots = new ConcurrencyLimit(1);
    const { rateLimit } = rateLimitOver(limiter, slots);
    slots.tryAcquire();
    const passed = watch({ next: rateLimit.takePoint(key, new Call(), true) });
    await settle();
    rateLimit.block(key, 3_000);
    slots.release();
    await settle();
    expect(passed).toEqual([]);
    expect(slots.inFlight).toBe(0);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(passed).toEqual(['next']);
  });

  it('proceeds without a point, and with its slot, if the store fails', async () => {
    const slots = new ConcurrencyLimit(1);
    const { rateLimit } = rateLimitOver(
      {
        consume: () => Promise.reject(new Error('connect ECONNREFUSED')),
        block: () => Promise.resolve(),
      },
      slots,
    );
    expect(await rateLimit.takePoint(key, new Call(), true)).toBe(true);
    expect(slots.inFlight).toBe(1);
  });
});

describe('the option', () => {
  it('takes limiters of rate-limiter-flexible, and not their queue, class or options', () => {
    const memory = new RateLimiterMemory({ points: 1, duration: 1 });
    expect(isRateLimiter(memory)).toBe(true);
    expect(isRateLimiter(new RateLimiterRedis({ storeClient: {}, points: 1, duration: 1 }))).toBe(
      true,
    );
    expect(isRateLimiter(new RateLimiterQueue(memory))).toBe(false);
    expect(isRateLimiter(new BurstyRateLimiter(memory, memory))).toBe(false);
    expect(isRateLimiter(RateLimiterMemory)).toBe(false);
    expect(isRateLimiter({ points: 1, duration: 1 })).toBe(false);
    expect(isRateLimiter(undefined)).toBe(false);
  });

  it('has types that the limiters of rate-limiter-flexible satisfy', () => {
    const limiters: RateLimiter[] = [new RateLimiterMemory({ points: 1, duration: 1 })];
    expect(limiters).toHaveLength(1);
  });
});
