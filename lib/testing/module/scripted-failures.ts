import type { DiagnosisCode } from '../../diagnosis/diagnosis-code.js';

/**
 * Which calls a scripted failure meets.
 *
 * @publicApi
 */
export interface FailNextOptions {
  /** How many calls, from 1; `Infinity` until `reset()`. Default 1. */
  readonly times?: number | undefined;
  /** Only `rerank`, or only `checkKey`. Default: whichever comes first. */
  readonly on?: 'rerank' | 'checkKey' | undefined;
  /** With `COHERE_RATE_LIMITED`: how long Cohere asks to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

export interface ScriptedFailure {
  readonly code: DiagnosisCode;
  readonly retryAfterMs: number | undefined;
}

interface Entry extends ScriptedFailure {
  readonly on: FailNextOptions['on'];
  left: number;
}

/** Failures in the order they were scripted; each call meets the first that is meant for it. */
export class ScriptedFailures {
  #entries: Entry[] = [];

  add(code: DiagnosisCode, { times = 1, on, retryAfterMs }: FailNextOptions): void {
    if (times !== Number.POSITIVE_INFINITY && (!Number.isInteger(times) || times < 1)) {
      throw new RangeError(`times must be a whole number from 1, or Infinity; it is ${times}.`);
    }
    this.#entries.push({ code, on, retryAfterMs, left: times });
  }

  take(call: 'rerank' | 'checkKey'): ScriptedFailure | undefined {
    const next = this.#entries.find(({ on }) => on === undefined || on === call);
    if (next === undefined) {
      return undefined;
    }
    next.left -= 1;
    if (next.left === 0) {
      this.#entries = this.#entries.filter((entry) => entry !== next);
    }
    return next;
  }

  clear(): void {
    this.#entries = [];
  }
}
