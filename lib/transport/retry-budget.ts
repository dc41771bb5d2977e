import type { Secret } from '../config/api-key/secret.js';
import type { RetryKind } from '../diagnosis/catalogue.js';

const CAPACITY = 500;
const COSTS: Readonly<Record<RetryKind, number>> = { transient: 14, throttled: 5 };
const REFILL = 1;
/** The maximum number of keys, beyond which the oldest is evicted. */
const MOST_KEYS = 1_000;

/**
 * Token buckets against retry storms: while Cohere is down, one instance retries some 35 times and then fails fast,
 * until successes refill the bucket. A 429 concerns one key, so each key has a bucket for its own.
 * Figures as in the standard retry mode of the AWS SDKs of 2026
 * (https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html).
 */
export class RetryBudget {
  #tokens = CAPACITY;
  /** Buckets by fingerprint, least recently throttled first; a missing key has a full bucket. */
  readonly #tokensOfKeys = new Map<string, number>();

  /** Returns the tokens left for retries of that kind. */
  left(kind: RetryKind, key?: Secret): number {
    return kind === 'transient' ? this.#tokens : (this.#tokensOfKeys.get(nameOf(key)) ?? CAPACITY);
  }

  /** Takes the tokens for one retry. @returns false if there are too few */
  spend(kind: RetryKind, key: Secret | undefined): boolean {
    const left = this.left(kind, key) - COSTS[kind];
    if (left < 0) {
      return false;
    }
    if (kind === 'transient') {
      this.#tokens = left;
      return true;
    }
    this.#tokensOfKeys.delete(nameOf(key));
    this.#tokensOfKeys.set(nameOf(key), left);
    const [oldest] = this.#tokensOfKeys.keys();
    if (this.#tokensOfKeys.size > MOST_KEYS && oldest !== undefined) {
      this.#tokensOfKeys.delete(oldest);
    }
    return true;
  }

  /** @param retry the kind of the successful retry, whose tokens are returned; undefined for a first attempt */
  succeeded(retry: RetryKind | undefined, key: Secret | undefined): void {
    const refill = (kind: RetryKind) => (retry === kind ? COSTS[kind] : REFILL);
    this.#tokens = Math.min(CAPACITY, this.#tokens + refill('transient'));
    if (this.#tokensOfKeys.size === 0) {
      return;
    }
    const tokens = this.left('throttled', key) + refill('throttled');
    if (tokens >= CAPACITY) {
      this.#tokensOfKeys.delete(nameOf(key));
    } else {
      this.#tokensOfKeys.set(nameOf(key), tokens);
    }
  }
}

function nameOf(key: Secret | undefined): string {
  return key?.fingerprint ?? '';
}
