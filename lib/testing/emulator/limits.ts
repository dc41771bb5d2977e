import type { Caller } from './keys.js';
import { MESSAGES, Refusal } from './wire.js';

/** A group of endpoints with one rate limit: `/v1/rerank` and `/v2/rerank` are one operation. */
export interface EmulatedOperation {
  readonly name: string;
  /** https://docs.cohere.com/docs/rate-limits */
  readonly trialCallsPerMinute: number;
  /** True if a key needs permission and a payment method, and if its own `rateLimit` applies. */
  readonly billed: boolean;
}

const TRIAL_CALLS_PER_MONTH = 1_000;
const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

/**
 * Counts the calls of keys with limits. For a trial key: the calls of each operation in any 60 seconds, and 1,000 in
 * all in a calendar month (UTC). For a key with a `rateLimit`: the calls in its window.
 */
export class RateLimits {
  readonly #clock: () => number;
  /** The times of the calls that may still count, oldest first, by limit. */
  readonly #recent = new Map<string, number[]>();
  /** Calls of trial keys, by key and calendar month. */
  readonly #monthly = new Map<string, number>();
  #refused = 0;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** The number of calls refused since the start, or since `clearRefused()`. */
  get refused(): number {
    return this.#refused;
  }

  clearRefused(): void {
    this.#refused = 0;
  }

  /**
   * Counts one call and returns the headers with the remaining calls of a trial key. A refused call does not count.
   *
   * @throws Refusal with 402 or 403 for a key without permission, with 429 at its limit
   */
  admit(caller: Caller, operation: EmulatedOperation): Readonly<Record<string, string>> {
    requirePermission(caller, operation);
    const now = this.#clock();
    const trial = caller.state === 'trial' ? this.#trialOf(caller.key, operation, now) : undefined;
    const limited = operation.billed ? this.#limitedOf(caller, operation, now) : undefined;
    limited?.push(now);
    return trial?.count() ?? {};
  }

  /** @throws Refusal with 429 when a trial key has used up its minute or its month */
  #trialOf(key: string, { name, trialCallsPerMinute }: EmulatedOperation, now: number) {
    const month = `${new Date(now).toISOString().slice(0, 7)} ${key}`;
    const calls = this.#recentCalls(`trial ${name} ${key}`, now - MINUTE_MS);
    const callsThisMonth = this.#monthly.get(month) ?? 0;
    if (callsThisMonth >= TRIAL_CALLS_PER_MONTH) {
      this.#refuse(MESSAGES.trialMonth);
    }
    if (calls.length >= trialCallsPerMinute) {
      this.#refuse(MESSAGES.trialMinute(trialCallsPerMinute));
    }
    const count = () => {
      this.#monthly.set(month, callsThisMonth + 1);
      return {
        'x-endpoint-monthly-call-limit': String(TRIAL_CALLS_PER_MONTH),
        'x-trial-endpoint-call-limit': String(trialCallsPerMinute),
        'x-trial-endpoint-call-remaining': String(trialCallsPerMinute - calls.push(now)),
      };
    };
    return { count };
  }

  /** @throws Refusal with 429 when the `rateLimit` of the key is used up */
  #limitedOf({ key, rateLimit }: Caller, { name }: EmulatedOperation, now: number) {
    if (rateLimit === undefined) {
      return undefined;
    }
    const { requests, perMs, retryAfter } = rateLimit;
    const calls = this.#recentCalls(`limited ${name} ${key}`, now - perMs);
    if (calls.length >= requests) {
      const seconds = Math.ceil(((calls[0] ?? now) + perMs - now) / SECOND_MS);
      const headers = retryAfter === true ? { 'retry-after': String(seconds) } : {};
      this.#refuse(MESSAGES.pastMinuteLimit, headers);
    }
    return calls;
  }

  #refuse(message: string, headers: Readonly<Record<string, string>> = {}): never {
    this.#refused += 1;
    throw new Refusal(429, message, headers);
  }

  #recentCalls(limit: string, since: number): number[] {
    const calls = (this.#recent.get(limit) ?? []).filter((time) => time > since);
    this.#recent.set(limit, calls);
    return calls;
  }
}

function requirePermission({ state }: Caller, { name, billed }: EmulatedOperation): void {
  if (state === 'no-rerank' && name === 'rerank') {
    throw new Refusal(403, MESSAGES.forbidden);
  }
  if (state === 'unpaid' && billed) {
    throw new Refusal(402, MESSAGES.paymentMethod);
  }
}
