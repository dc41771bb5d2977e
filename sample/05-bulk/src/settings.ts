const MINUTE_S = 60;
const PRODUCTION_CALLS_PER_MINUTE = 1_000;
const MAX_CALLS_PER_MINUTE = 1_000_000;

export interface Budget {
  /** Requests per window. */
  readonly points: number;
  /** Length of a window in seconds. */
  readonly duration: number;
}

/** A variable has a value it cannot have; the message says which, and what is allowed. */
export class SettingError extends Error {}

/**
 * The rate limits of a key: https://docs.cohere.com/docs/rate-limits. A production key reranks 1,000 times a
 * minute, a trial key 10 times.
 */
export function readBudget(environment: NodeJS.ProcessEnv): Budget {
  const text = environment['CALLS_PER_MINUTE'] ?? String(PRODUCTION_CALLS_PER_MINUTE);
  const calls = Number(text);
  if (!Number.isInteger(calls) || calls < 1 || calls > MAX_CALLS_PER_MINUTE) {
    throw new SettingError(
      `CALLS_PER_MINUTE must be a whole number from 1 to ${MAX_CALLS_PER_MINUTE}, not ${JSON.stringify(text)}.`,
    );
  }
  return budgetFor(calls);
}

/**
 * The shortest window of whole seconds with which no 60 seconds ever hold more than `calls`. The windows of a
 * limiter are fixed, those of Cohere slide: 1,000 a minute as one window would let 2,000 go around its end.
 */
export function budgetFor(calls: number): Budget {
  for (let duration = 1; duration <= MINUTE_S; duration += 1) {
    const points = Math.floor((calls * duration) / (MINUTE_S + duration));
    if (points >= 1) {
      return { points, duration };
    }
  }
  return { points: 1, duration: MINUTE_S + 1 };
}

/** @returns undefined when the work is to be done in this process alone */
export function readRedisUrl(environment: NodeJS.ProcessEnv): string | undefined {
  const url = environment['REDIS_URL'];
  if (url === undefined || url.trim() === '') {
    return undefined;
  }
  // The value may hold a password, so it is not shown.
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol)) {
    throw new SettingError('REDIS_URL must be an address such as redis://localhost:6379.');
  }
  return url;
}
