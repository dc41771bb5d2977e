import type { RetryKind } from '../diagnosis/catalogue.js';

const CAPACITY = 500;
const TRANSIENT_COST = 14;
const THROTTLED_COST = 5;
const REFILL = 1;

/**
 * A token bucket that ends retry storms: while Cohere is down, one instance retries some 35 times and
 * then only fails, until successes fill the bucket again. Figures as in the standard retry mode of the
 * AWS SDKs of 2026 (https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html).
 */
export class RetryBudget {
  #tokens = CAPACITY;

  get tokens(): number {
    return this.#tokens;
  }

  /** @returns what the retry cost, to be handed to `succeeded`, or 0 when the budget does not allow it */
  spend(kind: RetryKind): number {
    const cost = kind === 'throttled' ? THROTTLED_COST : TRANSIENT_COST;
    if (this.#tokens < cost) {
      return 0;
    }
    this.#tokens -= cost;
    return cost;
  }

  /** @param costOfLastRetry what `spend` returned for the retry that succeeded; 0 without a retry */
  succeeded(costOfLastRetry: number): void {
    this.#tokens = Math.min(CAPACITY, this.#tokens + (costOfLastRetry || REFILL));
  }
}
