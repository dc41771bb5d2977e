import type { RetryKind } from '../diagnosis/catalogue.js';

const TRANSIENT_BASE_MS = 100;
const THROTTLED_BASE_MS = 1_000;
const CAP_MS = 20_000;
const RETRY_AFTER_SPREAD = 0.1;

export interface RetryDelayInput {
  readonly kind: RetryKind;
  /** 0 before the first retry. */
  readonly retriesSoFar: number;
  /** The `Retry-After` of the response, in ms. */
  readonly retryAfterMs: number | undefined;
  /** A random number in [0, 1). */
  readonly random: number;
}

/**
 * Returns the delay before the next attempt: `Retry-After` plus up to a tenth, so that callers with the same value
 * do not return together; without it, exponential backoff with full jitter.
 */
export function retryDelay({ kind, retriesSoFar, retryAfterMs, random }: RetryDelayInput): number {
  if (retryAfterMs !== undefined) {
    return retryAfterMs * (1 + RETRY_AFTER_SPREAD * random);
  }
  const base = kind === 'throttled' ? THROTTLED_BASE_MS : TRANSIENT_BASE_MS;
  return random * Math.min(CAP_MS, base * 2 ** retriesSoFar);
}

const SECONDS = /^\d+(?:\.\d+)?$/;
// The two forms of RFC 9110 with a time zone; Date.parse alone accepts nearly anything.
const HTTP_DATE = /^[A-Z][a-z]+, \d{2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Returns the milliseconds of a `Retry-After` header: seconds, with or without a fraction, or an HTTP date. Ignores
 * negative and unreadable values.
 *
 * @param now milliseconds since 1970
 */
export function parseRetryAfter(
  header: string | readonly string[] | undefined,
  now: number,
): number | undefined {
  const value = (typeof header === 'object' ? header[0] : header)?.trim() ?? '';
  if (SECONDS.test(value)) {
    return Math.ceil(Number(value) * 1_000);
  }
  if (!HTTP_DATE.test(value)) {
    return undefined;
  }
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
