import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { wait } from '../../../../lib/transport/abortable.js';

describe('a wait', () => {
  it('ends after its time, and leaves no listener', async () => {
    const { signal } = new AbortController();
    await wait(1, signal);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('ends at once when the signal aborts, with its reason', async () => {
    const controller = new AbortController();
    const waiting = wait(60_000, controller.signal);
    controller.abort('enough');
    await expect(waiting).rejects.toBe('enough');
  });

  it('does not begin when the signal has aborted', async () => {
    await expect(wait(60_000, AbortSignal.abort('before'))).rejects.toBe('before');
  });
});
