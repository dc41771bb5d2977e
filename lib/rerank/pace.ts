// Imported, because tests of the app may fake the global one.
import { setImmediate } from 'node:timers';
import { readProperty } from '../diagnosis/read-safely.js';

/** The longest time that work without I/O keeps the event loop. */
const SLICE_MS = 10;
/** The documents between two readings of the clock, which cost more than a document. */
export const DOCUMENTS_PER_LOOK = 1_000;

/**
 * Cuts long work into slices, so that other work can run between them, and aborts and deadlines can end it. `isDue`
 * reads the clock.
 */
export class Pace {
  /** Throws once the call has ended; called after each turn of the event loop. */
  readonly throwIfEnded: () => void;
  #turnedAt = performance.now();
  #line = Promise.resolve();

  constructor(throwIfEnded: () => void = () => undefined) {
    this.throwIfEnded = throwIfEnded;
  }

  /** True once the work has kept the event loop long enough; then await `turn()`. */
  get isDue(): boolean {
    return performance.now() - this.#turnedAt >= SLICE_MS;
  }

  /** Resolves after the event loop has turned. */
  async turn(): Promise<void> {
    await new Promise(setImmediate);
    this.#turnedAt = performance.now();
    this.throwIfEnded();
  }

  /** Resolves for one caller after another, so that concurrent work shares the slices. */
  inLine(): Promise<void> {
    this.#line = this.#line.then(() => (this.isDue ? this.turn() : undefined));
    return this.#line;
  }
}

/** Recognizes any thenable, of this realm or another. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof readProperty(value, 'then') === 'function';
}

/** Keeps a promise that a callback returned from ending the process when it rejects. */
export function ignoreRejection(value: unknown): void {
  if (isThenable(value)) {
    onRejection(value, () => undefined);
  }
}

/** Calls the listener when a promise that a callback returned rejects. */
export function onRejection(value: unknown, listener: (reason: unknown) => void): void {
  if (isThenable(value)) {
    Promise.resolve(value).catch(listener);
  }
}
