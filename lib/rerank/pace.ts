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
