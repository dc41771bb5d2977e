import type { RetryKind } from '../diagnosis/catalogue.js';

const TRANSIENT_BASE_MS = 100;
const THROTTLED_BASE_MS = 1_000;
const CAP_MS = 20_000;
const RETRY_AFTER_SPREAD = 0.1;

export interface RetryDelayInput {
  readonly kind: RetryKind;
  /** 0 before the first retry. */
  readonly retriesSoFar: number;
  /** What Cohere asked for. */
  readonly retryAfterMs: number | undefined;
  /** From 0 up to, not including, 1. */
  readonly random: number;
}

/**
 * Returns the wait before the next attempt in ms: what Cohere asks for, plus up to a tenth so that callers that
 * were given the same wait do not return together; otherwise exponential backoff with full jitter.
 */
export function retryDelay({ kind, retriesSoFar, retryAfterMs, random }: RetryDelayInput): number {
  if (retryAfterMs !== undefined) {
    return retryAfterMs * (1 + RETRY_AFTER_SPREAD * random);
  }
  const base = kind === 'throttled' ? THROTTLED_BASE_MS : TRANSIENT_BASE_MS;
  return random * Math.min(CAP_MS, base * 2 ** retriesSoFar);
}

const SECONDS = /^\d+(?:\.\d+)?$/;
// Both forms of RFC 9110 that name their zone; Date.parse alone reads a date into nearly anything.
const HTTP_DATE = /^[A-Z][a-z]+, \d{2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Milliseconds that a `Retry-After` header asks to wait: seconds, with or without a fraction, or an HTTP
 * date. What is negative or unreadable is ignored.
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
