import { redact } from '../diagnosis/redact/redact.js';
import { shorten, toOneLine } from '../diagnosis/redact/clean-text.js';
import { abortable } from './abortable.js';
import type { EndSignal } from './call-scope.js';

const WARN_AGAIN_MS = 60_000;
const PAUSE_MS = 5_000;

export interface StoreGuardOptions {
  /** The option that the app gave the store in: `rateLimiter`. */
  readonly option: string;
  /** The consequence of its failure, as a sentence. */
  readonly consequence: string;
  /** A store that takes longer counts as failing. */
  readonly timeoutMs: number;
  readonly warn: (message: string) => void;
}

export type StoreAnswer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false };

/**
 * Asks a store of the app that may fail or hang, without failing or hanging with it. The app is warned once a
 * minute at most. After a call that timed out the store is skipped for 5 s, so that calls do not wait for it one
 * after another.
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

  /** @throws the reason of the signal, when it aborts before the store answers */
  ask<T>(operation: () => Promise<T>, signal?: EndSignal): Promise<StoreAnswer<T>> {
    const answer = this.#inTime(this.#attempt(operation));
    return signal === undefined ? answer : abortable(answer, signal);
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

  async #attempt<T>(operation: () => Promise<T>): Promise<StoreAnswer<T>> {
    try {
      return { ok: true, value: await operation() };
    } catch (error) {
      this.warn(error);
      return { ok: false };
    }
  }

  /** Its timer does not keep the process alive: the deadline of the call does, while one waits. */
  #inTime<T>(attempt: Promise<StoreAnswer<T>>): Promise<StoreAnswer<T>> {
    const { timeoutMs } = this.#options;
    return new Promise((resolve) => {
      let isAnswered = false;
      const timer = setTimeout(() => {
        // After this process itself was held up, its timers fire before a result that has long been there.
        setImmediate(() => {
          if (!isAnswered) {
            this.#pausedUntil = performance.now() + PAUSE_MS;
            this.warn(new Error(`no answer within ${timeoutMs} ms`));
            resolve({ ok: false });
          }
        });
      }, timeoutMs).unref();
      void attempt.then((answer) => {
        isAnswered = true;
        clearTimeout(timer);
        return resolve(answer);
      });
    });
  }
}

/** The words of a store may hold its address and password. */
function describeFailure(error: unknown): string {
  const text =
    error instanceof Error ? error.message || error.name : 'it threw a value that is not an Error';
  return shorten(redact(toOneLine(text))).replace(/\.$/, '');
}
