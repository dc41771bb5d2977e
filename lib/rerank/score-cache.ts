import { hash } from 'node:crypto';
import type { ScoreCacheOptions, ScoreStore } from '../config/shared-stores.js';
import { isObject } from '../transport/attempt-failure.js';
import type { EndSignal } from '../transport/call-scope.js';
import { StoreGuard } from '../transport/store-guard.js';

/** The timeout of the cache. Cohere takes some hundred milliseconds; a slower cache saves no time. */
const STORE_TIMEOUT_MS = 500;
/** The maximum number of scores of an entry, some 40 bytes each. A call with more documents bypasses the cache. */
export const MAX_CACHED_SCORES = 2_000;
/** The length of a digest: 128 bits in Base64. */
const DIGEST_LENGTH = 22;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Everything that a score depends on, except the text. */
export interface ScoredQuery {
  readonly model: string;
  readonly query: string;
  readonly maxTokensPerDoc?: number | undefined;
}

/** Scores by the digest of the text. */
export type Scores = Readonly<Record<string, number>>;

/** The scores of a query, as they are stored: the value of one key. */
export interface ScoreEntry {
  /** Milliseconds since 1970. Scores that are added later expire with the first ones. */
  readonly expiresAt: number;
  readonly scores: Scores;
}

/**
 * Caches the scores of documents for a query. Cohere scores each document by itself, so scores of different
 * requests make one exact ranking. Two processes that write the same query at the same moment may overwrite each other's
 * scores. Keys are hashes, and values are hashes and scores; no query and no document is stored.
 */
export class ScoreCache {
  readonly #store: ScoreStore;
  readonly #ttlMs: number;
  readonly #deployment: string;
  readonly #guard: StoreGuard;

  constructor({
    store,
    ttlMs,
    deployment,
    warn,
  }: ScoreCacheOptions & {
    /** Base URL of the deployment: another one may score differently under the same model id. */
    readonly deployment: string;
    readonly warn: (message: string) => void;
  }) {
    this.#store = store;
    this.#ttlMs = ttlMs;
    this.#deployment = deployment;
    this.#guard = new StoreGuard({
      option: 'scoreCache',
      consequence: 'Documents are sent to Cohere without it until it works again.',
      timeoutMs: STORE_TIMEOUT_MS,
      warn,
    });
    this.#warnOfFailedReads();
  }

  /** @param tenant the fingerprint of a key given to `forKey()`, which has entries of its own */
  keyOf({ model, query, maxTokensPerDoc }: ScoredQuery, tenant: string | undefined): string {
    const all = [3, this.#deployment, model, query, maxTokensPerDoc ?? null, tenant ?? null];
    return `nestjs-cohere:scores:${hash('sha256', JSON.stringify(all), 'hex')}`;
  }

  /**
   * Returns the stored entry, or an empty one if there is no valid one.
   *
   * @returns undefined if the store cannot be read; its entry must not be replaced then
   * @throws the reason of the signal when it aborts
   */
  async read(key: string, signal: EndSignal): Promise<ScoreEntry | undefined> {
    if (this.#guard.isPaused) {
      return undefined;
    }
    const answer = await this.#guard.run<unknown>(() => this.#store.mget([key]), signal);
    if (!answer.ok) {
      return undefined;
    }
    const empty = { expiresAt: Date.now() + this.#ttlMs, scores: {} };
    const value: unknown = Array.isArray(answer.value) ? answer.value[0] : answer.value;
    if (value === undefined || value === null) {
      return empty;
    }
    if (!isEntry(value)) {
      this.#guard.warn(new Error('it contains a value that is not an entry of scores from 0 to 1'));
      return empty;
    }
    const isCurrent = value.expiresAt > Date.now() && value.expiresAt <= empty.expiresAt;
    return isCurrent ? value : empty;
  }

  /** Adds scores to an entry that was read. The caller does not wait for it. */
  add(key: string, { expiresAt, scores }: ScoreEntry, added: Scores): void {
    const ttl = expiresAt - Date.now();
    if (this.#guard.isPaused || ttl <= 0 || Object.keys(added).length === 0) {
      return;
    }
    const all = { ...scores, ...added };
    const fits = Object.keys(all).length <= MAX_CACHED_SCORES;
    const value: ScoreEntry = { expiresAt, scores: fits ? all : added };
    void this.#guard.run(() => this.#store.mset([{ key, value, ttl }]));
  }

  /** cache-manager resolves a failed read as a miss; only its listeners see the error. */
  #warnOfFailedReads(): void {
    const store: object = this.#store;
    if ('on' in store && typeof store.on === 'function') {
      store.on('mget', (event: unknown) => {
        if (isObject(event) && event['error'] !== undefined) {
          this.#guard.warn(event['error']);
        }
      });
    }
  }
}

/** Hashes a text. One with a lone surrogate is hashed as JSON, because UTF-8 would give all of them one digest. */
export function digestOf(text: string): string {
  const digest = LONE_SURROGATE.test(text)
    ? hash('sha512', JSON.stringify(text), 'base64url')
    : hash('sha256', text, 'base64url');
  return digest.slice(0, DIGEST_LENGTH);
}

/** Rejects an entry of another program, or of a torn write. */
function isEntry(value: unknown): value is ScoreEntry {
  return (
    isObject(value) &&
    typeof value['expiresAt'] === 'number' &&
    isObject(value['scores']) &&
    Object.values(value['scores']).every(isScore)
  );
}

export function isScore(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}
