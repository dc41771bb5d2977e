import type { RetryKind } from './retry-kind.js';

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
 * How long to wait before the next attempt: what Cohere asks for, plus up to a tenth so that callers
 * who were told the same do not come back together; otherwise exponential backoff with full jitter.
 */
export function retryDelay({ kind, retriesSoFar, retryAfterMs, random }: RetryDelayInput): number {
  if (retryAfterMs !== undefined) {
    return retryAfterMs * (1 + RETRY_AFTER_SPREAD * random);
  }
  const base = kind === 'throttled' ? THROTTLED_BASE_MS : TRANSIENT_BASE_MS;
  return random * Math.min(CAP_MS, base * 2 ** retriesSoFar);
}
