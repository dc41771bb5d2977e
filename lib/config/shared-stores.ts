/**
 * A limiter of rate-limiter-flexible - memory, Redis, Valkey, Postgres, Memcached and so on - or anything
 * of the same shape. All processes that use the same key with it share one budget.
 *
 * @publicApi
 */
export interface RateLimiter {
  /**
   * Takes points of the budget of `key`.
   *
   * @throws an object that is not an Error, with `msBeforeNext`, when the budget is spent; an Error when
   *   the store fails
   */
  consume(key: string, points?: number): Promise<unknown>;
  /** Spends the whole budget of `key` for this many seconds. */
  block(key: string, seconds: number): Promise<unknown>;
  /** Length of a window in seconds. */
  readonly duration?: number;
  /** Makes `consume` itself wait, so that a slow response is not a failing store. */
  readonly execEvenly?: boolean;
  /** Counts while the store hangs; rate-limiter-flexible itself uses it while the store fails. */
  readonly insuranceLimiter?: Pick<RateLimiter, 'consume'> | undefined;
}

/**
 * The part of cache-manager's `Cache` that a score cache needs; `CACHE_MANAGER` of
 * `@nestjs/cache-manager` injects one.
 *
 * @publicApi
 */
export interface ScoreStore {
  /** Returns one value per key, `undefined` for a missing one. */
  mget(keys: string[]): Promise<unknown[]>;
  /** `ttl` in milliseconds. */
  mset(list: { key: string; value: unknown; ttl?: number }[]): Promise<unknown>;
}

/** @publicApi */
export interface ScoreCacheOptions {
  /** cache-manager's `Cache`, version 6 or later, over any Keyv store. */
  readonly store: ScoreStore;
  /** The lifetime of a score in milliseconds, 1 to 31,536,000,000 (a year). */
  readonly ttlMs: number;
}

/** Returns true for a rate limiter. A `RateLimiterQueue`, or the class itself, is not one. */
export function isRateLimiter(value: unknown): value is RateLimiter {
  return hasMethods(value, ['consume', 'block']);
}

/** Returns true if a value has the methods of cache-manager's `Cache`. */
export function isScoreStore(value: unknown): value is ScoreStore {
  return hasMethods(value, ['mget', 'mset']);
}

/** Returns true for an object with these methods. */
export function hasMethods(value: unknown, names: readonly string[]): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof Reflect.get(value, name) === 'function')
  );
}
