// Not the global one, which tests of the app may hold.
import { setImmediate } from 'node:timers';

/** A turn of the event loop waits no longer than this for work that does no I/O. */
const SLICE_MS = 10;

/**
 * Cuts long work into slices, so that between them the event loop serves others, and aborts and deadlines
 * are heard. Asking costs a look at the clock.
 */
export class Pace {
  #turnedAt = performance.now();

  /** Whether the work has kept the event loop long enough; then await `turn()`. */
  get isDue(): boolean {
    return performance.now() - this.#turnedAt >= SLICE_MS;
  }

  /** Resolves after the event loop has turned. */
  async turn(): Promise<void> {
    await new Promise(setImmediate);
    this.#turnedAt = performance.now();
  }
}

/** A promise, of this realm or another. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  );
}

/** A callback that gives a promise back must not end the process when that is rejected. */
export function ignoreRejection(value: unknown): void {
  if (isThenable(value)) {
    onRejection(value, () => undefined);
  }
}

/** Calls the listener when a promise that a callback gave back is rejected. */
export function onRejection(value: unknown, listener: (reason: unknown) => void): void {
  if (isThenable(value)) {
    Promise.resolve(value).catch(listener);
  }
}
