import { redact } from '../diagnosis/redact/redact.js';
import { shorten, toOneLine } from '../diagnosis/redact/clean-text.js';
import { abortable } from './abortable.js';
import type { EndSignal } from './call-scope.js';

const WARN_AGAIN_MS = 60_000;
const PAUSE_MS = 5_000;
/** More than a limiter or a cache-manager over memory needs. */
const TURNS_AT_ONCE = 16;
const TURN = Promise.resolve();

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

export interface StoreQuestion {
  /** The answer is not waited for, and must not keep the process alive. */
  readonly background?: boolean | undefined;
  /** Ends the waiting. */
  readonly signal?: EndSignal | undefined;
  /** Called when there is no answer at once. */
  readonly onWait?: (() => void) | undefined;
}

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

  /** @throws the reason of the signal, when it aborts before the store answers */
  async ask<T>(
    question: () => Promise<T>,
    { background = false, signal, onWait }: StoreQuestion = {},
  ): Promise<StoreAnswer<T>> {
    const asked = this.#ask(question);
    // A store in memory answers within some turns of the microtask queue; that costs neither timer nor listener.
    const atOnce: { answer?: StoreAnswer<T> } = {};
    void asked.then((answer) => (atOnce.answer = answer));
    for (let turn = 0; turn < TURNS_AT_ONCE; turn += 1) {
      // oxlint-disable-next-line no-await-in-loop
      await TURN;
      if (atOnce.answer !== undefined) {
        return atOnce.answer;
      }
    }
    onWait?.();
    const inTime = this.#inTime(asked, background);
    return signal === undefined ? inTime : abortable(inTime, signal);
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

  async #ask<T>(question: () => Promise<T>): Promise<StoreAnswer<T>> {
    try {
      return { ok: true, value: await question() };
    } catch (error) {
      this.warn(error);
      return FAILED;
    }
  }

  #inTime<T>(asked: Promise<StoreAnswer<T>>, background: boolean): Promise<StoreAnswer<T>> {
    const { timeoutMs } = this.#options;
    return new Promise((resolve) => {
      let isAnswered = false;
      const timer = setTimeout(() => {
        // Where this process itself was held up, its timers come before the answer that has long been there.
        setImmediate(() => {
          if (!isAnswered) {
            this.#pausedUntil = performance.now() + PAUSE_MS;
            this.warn(new Error(`no answer within ${timeoutMs} ms`));
            resolve(FAILED);
          }
        });
      }, timeoutMs);
      if (background) {
        timer.unref();
      }
      void asked.then((answer) => {
        isAnswered = true;
        clearTimeout(timer);
        return resolve(answer);
      });
    });
  }
}

/** A store's own words may hold its address and password. */
function describeFailure(error: unknown): string {
  const text =
    error instanceof Error ? error.message || error.name : 'it threw a value that is not an Error';
  return shorten(redact(toOneLine(text))).replace(/\.$/, '');
}
