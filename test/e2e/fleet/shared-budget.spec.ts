import { CohereEmulator } from 'nestjs-cohere/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runFleet } from './support/fleet.js';
import { redisIsMissing, RedisServer } from './support/redis-server.js';
import { CANARY as KEY } from '../../support/keys.js';

/** The key allows so many requests in any three seconds. */
const REQUESTS = 120;
const WINDOW_S = 3;
/** The budget that never exceeds that in any window, however the seconds of the limiter fall. */
const POINTS = Math.floor(REQUESTS / (WINDOW_S + 1));
const FLEET = { processes: 4, callers: 16 };

describe.skipIf(redisIsMissing !== undefined)('four processes that share one key', () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await RedisServer.start();
  });

  afterAll(() => redis.stop());

  it('are never throttled with a shared rateLimiter', async () => {
    await using cohere = await startCohere();
    const counts = await runFleet(
      { ...FLEET, baseUrl: cohere.url, apiKey: KEY, redisUrl: redis.url, points: POINTS },
      6_500,
    );

    expect(cohere.counters.rateLimited).toBe(0);
    expect(sum(counts.map(({ failed }) => failed))).toBe(0);
    // It did not only refuse nothing because nothing was sent: two windows and more were used up.
    expect(sum(counts.map(({ ranked }) => ranked))).toBeGreaterThan(POINTS * 3);
  });

  it('are throttled without one', async () => {
    await using cohere = await startCohere();
    await runFleet({ ...FLEET, baseUrl: cohere.url, apiKey: KEY }, 1_500);
    expect(cohere.counters.rateLimited).toBeGreaterThan(0);
  });
});

function startCohere(): Promise<CohereEmulator> {
  const rateLimit = { requests: REQUESTS, perMs: WINDOW_S * 1_000 };
  return CohereEmulator.start({ keys: { [KEY]: { rateLimit } } });
}

function sum(figures: readonly number[]): number {
  return figures.reduce((total, figure) => total + figure, 0);
}
