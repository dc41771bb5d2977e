import type { Caller } from './authenticate.js';
import { MESSAGES, Refusal } from '../wire/response.js';

/** What is counted separately; Cohere limits each endpoint by itself. */
export type LimitedEndpoint = 'rerank' | 'models';

// https://docs.cohere.com/docs/rate-limits
const TRIAL_CALLS_PER_MINUTE: Readonly<Record<LimitedEndpoint, number>> = {
  rerank: 10,
  models: 40,
};
const TRIAL_CALLS_PER_MONTH = 1_000;
const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

/**
 * Counts the calls of the keys that have limits. A trial key: 10 reranks and 40 requests for models in any
 * 60 seconds, and 1,000 of both in a calendar month (UTC). A key with a `rateLimit`: what that says.
 */
export class RateLimits {
  readonly #usage = new Map<string, Usage>();
  readonly #clock: () => number;
  #refused = 0;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** How many calls were refused since the start, or since `clearRefused()`. */
  get refused(): number {
    return this.#refused;
  }

  clearRefused(): void {
    this.#refused = 0;
  }

  /**
   * Counts one call and returns the headers that tell a trial key what is left. A refused call does
   * not count.
   *
   * @throws Refusal with 429 when nothing is left
   */
  admit(caller: Caller, endpoint: LimitedEndpoint): Readonly<Record<string, string>> {
    const { key, state, rateLimit } = caller;
    const isTrial = state === 'trial';
    if (!isTrial && rateLimit === undefined) {
      return {};
    }
    const now = this.#clock();
    const usage = this.#usageOf(key, monthOf(now));
    if (isTrial) {
      this.#requireTrialCall(usage, endpoint, now);
    }
    if (rateLimit !== undefined && endpoint === 'rerank') {
      this.#requireWithin(rateLimit, usage, now);
      usage.limited.add(now);
    }
    return isTrial ? countTrialCall(usage, endpoint, now) : {};
  }

  #requireTrialCall(usage: Usage, endpoint: LimitedEndpoint, now: number): void {
    if (usage.callsThisMonth >= TRIAL_CALLS_PER_MONTH) {
      this.#refuse(MESSAGES.trialMonth);
    }
    const allowed = TRIAL_CALLS_PER_MINUTE[endpoint];
    if (usage.trial[endpoint].countSince(now - MINUTE_MS) >= allowed) {
      this.#refuse(MESSAGES.trialMinute(allowed));
    }
  }

  #requireWithin(
    { requests, perMs, retryAfter }: NonNullable<Caller['rateLimit']>,
    { limited }: Usage,
    now: number,
  ): void {
    if (limited.countSince(now - perMs) >= requests) {
      const waitMs = limited.oldest + perMs - now;
      this.#refuse(
        MESSAGES.pastMinuteLimit,
        retryAfter === true ? { 'retry-after': String(Math.ceil(waitMs / SECOND_MS)) } : {},
      );
    }
  }

  #refuse(message: string, headers: Readonly<Record<string, string>> = {}): never {
    this.#refused += 1;
    throw new Refusal(429, message, headers);
  }

  #usageOf(key: string, month: string): Usage {
    const known = this.#usage.get(key);
    if (known === undefined) {
      const fresh = new Usage(month);
      this.#usage.set(key, fresh);
      return fresh;
    }
    if (known.month !== month) {
      known.month = month;
      known.callsThisMonth = 0;
    }
    return known;
  }
}

/** What one key has used. */
class Usage {
  callsThisMonth = 0;
  readonly trial = { rerank: new RecentCalls(), models: new RecentCalls() };
  readonly limited = new RecentCalls();

  constructor(public month: string) {}
}

/** The times of the calls that may still count, oldest first. */
class RecentCalls {
  #times: number[] = [];
  #first = 0;

  get oldest(): number {
    return this.#times[this.#first] ?? Number.NEGATIVE_INFINITY;
  }

  add(time: number): void {
    this.#times.push(time);
  }

  /** How many came after `time`; forgets the others. */
  countSince(time: number): number {
    while (this.#first < this.#times.length && this.oldest <= time) {
      this.#first += 1;
    }
    // When half of the list is outdated, drop it; amortized, that costs nothing per call.
    if (this.#first * 2 > this.#times.length) {
      this.#times = this.#times.slice(this.#first);
      this.#first = 0;
    }
    return this.#times.length - this.#first;
  }
}

function countTrialCall(
  usage: Usage,
  endpoint: LimitedEndpoint,
  now: number,
): Readonly<Record<string, string>> {
  const allowed = TRIAL_CALLS_PER_MINUTE[endpoint];
  usage.callsThisMonth += 1;
  usage.trial[endpoint].add(now);
  return {
    'x-endpoint-monthly-call-limit': String(TRIAL_CALLS_PER_MONTH),
    'x-trial-endpoint-call-limit': String(allowed),
    'x-trial-endpoint-call-remaining': String(
      allowed - usage.trial[endpoint].countSince(now - MINUTE_MS),
    ),
  };
}

function monthOf(time: number): string {
  return new Date(time).toISOString().slice(0, 7);
}
