import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ConcurrencyLimit } from '../../../lib/transport/concurrency-limit.js';

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

  it('lets no call in ahead of those that wait', async () => {
    const limit = new ConcurrencyLimit(1);
    limit.tryAcquire();
    const first = limit.acquire(never);
    limit.release();
    expect(limit.tryAcquire()).toBe(false);
    await first;
  });

  it('is left by a call that aborts, with the reason, and the next one moves up', async () => {
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

  it('leaves no listener on a signal once it has let it in', async () => {
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

  it('never lets in more than it allows, whatever comes, leaves and aborts', async () => {
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
