import { redact } from '../diagnosis/redact/redact.js';
import { shorten, toOneLine } from '../diagnosis/redact/clean-text.js';
import { abortable } from './abortable.js';
import type { EndSignal } from './call-scope.js';

const WARN_AGAIN_MS = 60_000;
const PAUSE_MS = 5_000;

export interface StoreGuardOptions {
  /** The option of the store, such as `rateLimiter`. */
  readonly option: string;
  /** The consequence of its failure, as a sentence. */
  readonly consequence: string;
  /** The timeout of a store call, in ms. */
  readonly timeoutMs: number;
  readonly warn: (message: string) => void;
}

export type StoreResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false };

/**
 * Isolates calls from a store of the app that fails or hangs. Warns at most once a minute. Skips the store for 5 s
 * after a call that timed out, so that calls do not wait for it one after another.
 */
export class StoreGuard {
  readonly #options: StoreGuardOptions;
  #warnedAt = -Infinity;
  #pausedUntil = -Infinity;

  constructor(options: StoreGuardOptions) {
    this.#options = options;
  }

  /** True while the store is skipped, after a call that timed out. */
  get isPaused(): boolean {
    return performance.now() < this.#pausedUntil;
  }

  /** @throws the reason of the signal, if it aborts before the store responds */
  run<T>(operation: () => Promise<T>, signal?: EndSignal): Promise<StoreResult<T>> {
    const result = this.#inTime(this.#attempt(operation));
    return signal === undefined ? result : abortable(result, signal);
  }

  warn(error: unknown): void {
    const now = performance.now();
    if (now - this.#warnedAt < WARN_AGAIN_MS) {
      return;
    }
    this.#warnedAt = now;
    const { option, consequence, warn } = this.#options;
    warn(`${option} fails: ${describeFailure(error)}. ${consequence}`);
  }

  async #attempt<T>(operation: () => Promise<T>): Promise<StoreResult<T>> {
    try {
      return { ok: true, value: await operation() };
    } catch (error) {
      this.warn(error);
      return { ok: false };
    }
  }

  /** Limits the wait. Its timer does not keep the process alive; the deadline of the call does. */
  #inTime<T>(attempt: Promise<StoreResult<T>>): Promise<StoreResult<T>> {
    const { timeoutMs } = this.#options;
    return new Promise((resolve) => {
      let isDone = false;
      const timer = setTimeout(() => {
        // After a stall of the event loop, timers fire before results that have already arrived.
        setImmediate(() => {
          if (!isDone) {
            this.#pausedUntil = performance.now() + PAUSE_MS;
            this.warn(new Error(`no answer within ${timeoutMs} ms`));
            resolve({ ok: false });
          }
        });
      }, timeoutMs).unref();
      void attempt.then((result) => {
        isDone = true;
        clearTimeout(timer);
        return resolve(result);
      });
    });
  }
}

/** Redacts a store's message, which may contain its address and password. */
function describeFailure(error: unknown): string {
  const text =
    error instanceof Error ? error.message || error.name : 'it threw a value that is not an Error';
  return shorten(redact(toOneLine(text))).replace(/\.$/, '');
}
