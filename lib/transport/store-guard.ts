import { redact } from '../diagnosis/redact/redact.js';
import { shorten, toOneLine } from '../diagnosis/redact/clean-text.js';

const WARN_AGAIN_MS = 60_000;
const PAUSE_MS = 5_000;

export interface StoreGuardOptions {
  /** The option that the app gave the store in: `rateLimiter`. */
  readonly option: string;
  /** What happens without it, as a sentence. */
  readonly consequence: string;
  /** A store that takes longer counts as failing. */
  readonly timeoutMs: number;
  readonly warn: (message: string) => void;
}

export type StoreAnswer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false };

const FAILED: StoreAnswer<never> = { ok: false };

/**
 * Asks a store of the app that may fail or hang, without ever failing or hanging with it. The app is told
 * once a minute at most. After a question that got no answer in time the store is left alone for five
 * seconds, so that calls do not wait for it one after another.
 */
export class StoreGuard {
  readonly #options: StoreGuardOptions;
  #warnedAt = -Infinity;
  #pausedUntil = -Infinity;

  constructor(options: StoreGuardOptions) {
    this.#options = options;
  }

  /** Whether the store did not answer in time just now. */
  get isPaused(): boolean {
    return performance.now() < this.#pausedUntil;
  }

  /** @param background the answer is not waited for, and must not keep the process alive */
  async ask<T>(question: () => Promise<T>, background = false): Promise<StoreAnswer<T>> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      const { timeoutMs } = this.#options;
      timer = setTimeout(() => {
        this.#pausedUntil = performance.now() + PAUSE_MS;
        reject(new Error(`no answer within ${timeoutMs} ms`));
      }, timeoutMs);
    });
    if (background) {
      timer?.unref();
    }
    try {
      return { ok: true, value: await Promise.race([question(), timeout]) };
    } catch (error) {
      this.warn(error);
      return FAILED;
    } finally {
      clearTimeout(timer);
    }
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
}

/** A store's own words may hold its address and password. */
function describeFailure(error: unknown): string {
  const text =
    error instanceof Error ? error.message || error.name : 'it threw a value that is not an Error';
  return shorten(redact(toOneLine(text))).replace(/\.$/, '');
}
