import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { InterruptedAttempt, TooLate } from '../../../lib/transport/attempt-failure.js';
import { ConcurrencyLimit } from '../../../lib/transport/concurrency-limit.js';
import { failureOf } from '../../support/rerank-over.js';

const { signal: never } = new AbortController();

describe('the concurrency limit', () => {
  it('lets in as many as it allows, and the next when one leaves', async () => {
    const limit = new ConcurrencyLimit(2);
    expect([limit.tryAcquire(), limit.tryAcquire(), limit.tryAcquire()]).toEqual([
      true,
      true,
      false,
    ]);
    limit.release();
    expect(limit.tryAcquire()).toBe(true);
  });

  it('serves those who wait in the order they came', async () => {
    const limit = new ConcurrencyLimit(1);
    limit.tryAcquire();
    const served: number[] = [];
    const waiting = [1, 2, 3].map(async (number) => {
      await limit.acquire(never);
      served.push(number);
      limit.release();
    });
    limit.release();
    await Promise.all(waiting);
    expect(served).toEqual([1, 2, 3]);
    expect(limit.inFlight).toBe(0);
  });

  it('admits no call ahead of those that wait', async () => {
    const limit = new ConcurrencyLimit(1);
    limit.tryAcquire();
    const first = limit.acquire(never);
    limit.release();
    expect(limit.tryAcquire()).toBe(false);
    await first;
  });

  it('drops a call that aborts, with the reason, and admits the next one', async () => {
    const limit = new ConcurrencyLimit(1);
    limit.tryAcquire();
    const controllers = [new AbortController(), new AbortController(), new AbortController()];
    const waiting = controllers.map(({ signal }) => limit.acquire(signal));
    const last = limit.acquire(never);
    for (const controller of controllers) {
      controller.abort('gone');
    }
    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes).toEqual(outcomes.map(() => ({ status: 'rejected', reason: 'gone' })));
    limit.release();
    await last;
    limit.release();
    expect(limit.inFlight).toBe(0);
    expect(limit.tryAcquire()).toBe(true);
  });

  it('leaves no listener on a signal once its call is admitted', async () => {
    const limit = new ConcurrencyLimit(1);
    const { signal } = new AbortController();
    limit.tryAcquire();
    const waiting = limit.acquire(signal);
    limit.release();
    await waiting;
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('refuses a signal that has aborted', async () => {
    await expect(new ConcurrencyLimit(1).acquire(AbortSignal.abort('no'))).rejects.toBe('no');
  });

  it('never exceeds its limit, for any order of arrivals, releases and aborts', async () => {
    const limit = new ConcurrencyLimit(7);
    let inside = 0;
    let most = 0;
    const visit = async (number: number) => {
      const controller = new AbortController();
      if (number % 5 === 0) {
        setImmediate(() => controller.abort());
      }
      try {
        await limit.acquire(controller.signal);
      } catch {
        return;
      }
      inside += 1;
      most = Math.max(most, inside);
      await new Promise(setImmediate);
      inside -= 1;
      limit.release();
    };
    await Promise.all(Array.from({ length: 1_000 }, (_, number) => visit(number)));
    expect(most).toBe(7);
    expect(limit.inFlight).toBe(0);
  });
});

describe('a call that waited for a slot', () => {
  it('is shed when its deadline has passed, and the next call gets the slot', async () => {
    const limit = new ConcurrencyLimit(1);
    limit.tryAcquire();
    const late = failureOf(limit.acquire(new Call(0)));
    const next = limit.acquire(new Call(1_000));
    limit.release();
    expect(await late).toBeInstanceOf(TooLate);
    await next;
    expect(limit.inFlight).toBe(1);
  });

  it('is tried with the least time left as long as no answer has come', async () => {
    const limit = new ConcurrencyLimit(1);
    limit.tryAcquire();
    const waiting = limit.acquire(new Call(1));
    limit.release();
    await expect(waiting).resolves.toBeUndefined();
  });

  it('is refused with less time left than answers take, and tried with more', async () => {
    const limit = new ConcurrencyLimit(1);
    const answerMs = await answerTwice(limit, new Call(10_000));
    limit.tryAcquire();
    const short = failureOf(limit.acquire(new Call(answerMs * 0.8)));
    const enough = limit.acquire(new Call(answerMs * 2));
    limit.release();
    expect(await short).toBeInstanceOf(TooLate);
    await enough;
  });

  it('is refused after requests that had more time than it has, and were not answered', async () => {
    const limit = new ConcurrencyLimit(1);
    const cut = new InterruptedAttempt('answer');
    const unanswered = () => {
      limit.tryAcquire();
      return failureOf(limit.hold(new Call(0), () => Promise.reject(cut)));
    };
    expect([await unanswered(), await unanswered()]).toEqual([cut, cut]);
    limit.tryAcquire();
    const late = failureOf(limit.acquire(new Call(0.001)));
    limit.release();
    expect(await late).toBeInstanceOf(TooLate);
  });

  it('is not judged by answers to calls with a longer deadline', async () => {
    const limit = new ConcurrencyLimit(1);
    await answerTwice(limit, new Call(10_000, 60_000));
    limit.tryAcquire();
    const interactive = limit.acquire(new Call(1, 1_000));
    limit.release();
    await expect(interactive).resolves.toBeUndefined();
  });

  it('is not refused once a part of it has been sent', async () => {
    const limit = new ConcurrencyLimit(1);
    const split = new Call(10_000);
    await answerOnce(limit, split);
    split.remainingMs = 1;
    limit.tryAcquire();
    const part = limit.acquire(split);
    limit.release();
    await expect(part).resolves.toBeUndefined();
  });
});

it('a call that waited for something else is refused like one that waited for a slot', async () => {
  const limit = new ConcurrencyLimit(1);
  const answerMs = await answerTwice(limit, new Call(10_000));
  expect(await failureOf(limit.acquire(new Call(answerMs * 0.8), true))).toBeInstanceOf(TooLate);
  await expect(limit.acquire(new Call(answerMs * 2), true)).resolves.toBeUndefined();
});

it('one request that hung refuses no call once another was answered', async () => {
  const limit = new ConcurrencyLimit(1);
  limit.tryAcquire();
  const cut = new InterruptedAttempt('answer');
  await failureOf(
    limit.hold(new Call(0), () => new Promise((_, reject) => setTimeout(reject, 50, cut))),
  );
  limit.tryAcquire();
  await limit.hold(new Call(10_000), () => Promise.resolve());
  await expect(limit.acquire(new Call(20), true)).resolves.toBeUndefined();
});

it('gives a slot to a call that did not wait, no matter how slow answers are', async () => {
  const limit = new ConcurrencyLimit(1);
  await answerOnce(limit, new Call(10_000));
  await expect(limit.acquire(new Call(1))).resolves.toBeUndefined();
});

/** A call with so much time left. */
class Call {
  readonly timeoutMs: number;
  remainingMs: number;
  readonly aborted = false;
  readonly reason = undefined;
  readonly addEventListener = () => undefined;
  readonly removeEventListener = () => undefined;

  constructor(remainingMs: number, timeoutMs = 10_000) {
    this.remainingMs = remainingMs;
    this.timeoutMs = timeoutMs;
  }
}

/** @returns the time of the faster one */
async function answerTwice(limit: ConcurrencyLimit, call: Call): Promise<number> {
  return Math.min(await answerOnce(limit, call), await answerOnce(limit, call));
}

/** @returns milliseconds that it took at least */
async function answerOnce(limit: ConcurrencyLimit, call: Call): Promise<number> {
  limit.tryAcquire();
  let answerMs = 0;
  await limit.hold(call, async () => {
    const startedAt = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 20));
    answerMs = performance.now() - startedAt;
  });
  return answerMs;
}
