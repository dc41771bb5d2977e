import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { StoreGuard } from '../../../lib/transport/store-guard.js';

function guardOf(timeoutMs: number) {
  const warnings: string[] = [];
  const guard = new StoreGuard({
    option: 'rateLimiter',
    consequence: 'Requests are sent without it.',
    timeoutMs,
    warn: (message) => warnings.push(message),
  });
  return { guard, warnings };
}

/** Holds up the whole process, as a long computation would. */
function blockFor(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until) {
    // Nothing else runs.
  }
}

describe('an operation of a store', () => {
  it('whose result has arrived counts as answered, however late the event loop is', async () => {
    const { guard, warnings } = guardOf(5);
    const { port1, port2 } = new MessageChannel();
    const asked = guard.run(() => new Promise((resolve) => port1.once('message', resolve)));
    // The event loop has the result from here on, and delivers it after its timers.
    port2.postMessage('a point');
    blockFor(50);
    expect(await asked).toEqual({ ok: true, value: 'a point' });
    port1.close();
    expect(warnings).toEqual([]);
    expect(guard.isPaused).toBe(false);
  });

  it('that times out is a warning, and the store is skipped', async () => {
    const { guard, warnings } = guardOf(5);
    expect(await guard.run(() => new Promise(() => undefined))).toEqual({ ok: false });
    expect(warnings).toEqual([
      'rateLimiter fails: no answer within 5 ms. Requests are sent without it.',
    ]);
    expect(guard.isPaused).toBe(true);
  });

  it('ends with the signal, no matter what the store does', async () => {
    const { guard } = guardOf(60_000);
    const controller = new AbortController();
    const asked = guard.run(() => new Promise(() => undefined), controller.signal);
    controller.abort('gone');
    await expect(asked).rejects.toBe('gone');
  });
});
