import { MESSAGES } from '../wire/messages.js';
import { Refusal } from '../wire/response.js';

// https://docs.cohere.com/docs/rate-limits
const CALLS_A_MINUTE = 10;
const CALLS_A_MONTH = 1_000;
const MINUTE_MS = 60_000;

interface Usage {
  readonly month: string;
  callsThisMonth: number;
  /** When the calls of the last minute were made, oldest first. */
  recent: number[];
}

/** Counts the reranks of each trial key: 10 in any 60 seconds, 1,000 in a calendar month (UTC). */
export class TrialLimits {
  readonly #usage = new Map<string, Usage>();
  readonly #clock: () => number;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /**
   * Counts one call and gives the headers that tell a trial key what is left; throws the 429 when
   * nothing is. A refused call is not counted.
   */
  admit(key: string): Readonly<Record<string, string>> {
    const now = this.#clock();
    const usage = this.#usageOf(key, monthOf(now));
    usage.recent = usage.recent.filter((at) => now - at < MINUTE_MS);
    if (usage.callsThisMonth >= CALLS_A_MONTH) {
      throw new Refusal(429, MESSAGES.trialMonth);
    }
    if (usage.recent.length >= CALLS_A_MINUTE) {
      throw new Refusal(429, MESSAGES.trialMinute);
    }
    usage.recent.push(now);
    usage.callsThisMonth += 1;
    return trialHeaders(CALLS_A_MINUTE - usage.recent.length);
  }

  #usageOf(key: string, month: string): Usage {
    const known = this.#usage.get(key);
    if (known !== undefined && known.month === month) {
      return known;
    }
    const fresh: Usage = { month, callsThisMonth: 0, recent: known?.recent ?? [] };
    this.#usage.set(key, fresh);
    return fresh;
  }
}

function trialHeaders(remainingThisMinute: number): Readonly<Record<string, string>> {
  return {
    'x-endpoint-monthly-call-limit': String(CALLS_A_MONTH),
    'x-trial-endpoint-call-limit': String(CALLS_A_MINUTE),
    'x-trial-endpoint-call-remaining': String(remainingThisMinute),
  };
}

function monthOf(time: number): string {
  return new Date(time).toISOString().slice(0, 7);
}
