import KeyvRedis from '@keyv/redis';
import { createCache } from 'cache-manager';
import { Redis } from 'ioredis';
import { Keyv } from 'keyv';
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import { CohereEmulator } from 'nestjs-cohere/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConcurrencyLimit } from '../../../lib/transport/concurrency-limit.js';
import { RateLimit } from '../../../lib/transport/rate-limit.js';
import { Secret } from '../../../lib/config/api-key/secret.js';
import { failureOf, rerankOver } from '../../support/rerank-over.js';
import { KEY } from '../../support/keys.js';
import { redisIsMissing, RedisServer } from './support/redis-server.js';

const key = new Secret(KEY);
const inTime = () => Object.assign(AbortSignal.timeout(30_000), { remainingMs: 30_000 });

describe.skipIf(redisIsMissing !== undefined)('a Redis', () => {
  let redis: RedisServer;
  const closing: (() => unknown)[] = [];

  beforeEach(async () => {
    redis = await RedisServer.start();
  });

  afterEach(async () => {
    redis.thaw();
    await Promise.all(closing.splice(0).map((close) => close()));
    await redis.stop();
  });

  /** Connects with the defaults of ioredis, which queue commands while Redis is down. */
  const connect = async () => {
    const client = new Redis(redis.url);
    client.on('error', () => undefined);
    closing.push(() => client.disconnect());
    await client.ping();
    return client;
  };

  const limitOver = async (options = {}) => {
    const storeClient = await connect();
    const limiter = new RateLimiterRedis({ storeClient, points: 2, duration: 1, ...options });
    const warnings: string[] = [];
    const rateLimit = new RateLimit({
      limiter,
      slots: new ConcurrencyLimit(16),
      deployment: 'https://api.cohere.com',
      warn: (message) => warnings.push(message),
    });
    return { rateLimit, warnings, storeClient };
  };

  it.each(['killed', 'frozen'])(
    'that is %s stops no call: calls continue without the limiter, with one warning',
    async (how) => {
      const { rateLimit, warnings } = await limitOver();
      await rateLimit.takePoint(key, inTime());
      await (how === 'killed' ? redis.kill() : redis.freeze());
      await Promise.all(Array.from({ length: 50 }, () => rateLimit.takePoint(key, inTime())));
      await Promise.all(Array.from({ length: 50 }, () => rateLimit.takePoint(key, inTime())));
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain('rateLimiter fails: ');
    },
  );

  it('that is down is replaced by insuranceLimiter', async () => {
    const insuranceLimiter = new RateLimiterMemory({ points: 1, duration: 60 });
    const { rateLimit, warnings, storeClient } = await limitOver({
      insuranceLimiter,
      rejectIfRedisNotReady: true,
    });
    await rateLimit.takePoint(key, inTime());
    await redis.kill();
    // A command that is sent before the client knows is not answered.
    await expect.poll(() => storeClient.status).not.toBe('ready');
    await rateLimit.takePoint(key, inTime());
    expect(await failureOf(rateLimit.takePoint(key, inTime()))).toMatchObject({
      code: 'COHERE_RATE_LIMITED',
    });
    expect(warnings).toEqual([]);
  });

  it('that is frozen is replaced by insuranceLimiter: never more calls than it has points', async () => {
    const insuranceLimiter = new RateLimiterMemory({ points: 3, duration: 60 });
    const { rateLimit, warnings } = await limitOver({
      points: 100,
      insuranceLimiter,
      rejectIfRedisNotReady: true,
    });
    await rateLimit.takePoint(key, inTime());
    redis.freeze();
    const calls = Array.from({ length: 50 }, () => rateLimit.takePoint(key, inTime()));
    const ended = await Promise.allSettled(calls);
    expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('Its insuranceLimiter counts the requests');
  });

  it('that comes back limits again', async () => {
    const { rateLimit } = await limitOver();
    await redis.kill();
    await rateLimit.takePoint(key, inTime());
    await redis.restart();
    const probe = await connect();
    // The limiter is skipped for 5 s after a call that timed out.
    await expect
      .poll(() => rateLimit.takePoint(key, inTime()).then(() => probe.dbsize()), {
        timeout: 20_000,
      })
      .toBeGreaterThan(0);
  });

  it('blocks a key for every process after a Retry-After in one', async () => {
    const { rateLimit: here } = await limitOver();
    const { rateLimit: there } = await limitOver();
    here.block(key, 60_000);
    const probe = await connect();
    while ((await probe.dbsize()) === 0) {
      // The block is on its way.
    }
    const error = await failureOf(there.takePoint(key, inTime()));
    expect(error).toMatchObject({ code: 'COHERE_RATE_LIMITED' });
  });

  const cacheOver = () => {
    const store = new KeyvRedis(redis.url);
    const keyv = new Keyv({ store, namespace: 'scores' });
    keyv.on('error', () => undefined);
    closing.push(() => store.disconnect(true));
    return createCache({ stores: [keyv] });
  };

  it('shares scores between processes', async () => {
    await using cohere = await CohereEmulator.start({ keys: { [KEY]: 'active' } });
    const documents = ['an apple', 'a pear', 'a fleet'];
    const services = [1, 2].map(
      () => rerankOver(cohere.url, { scoreCache: { store: cacheOver(), ttlMs: 60_000 } }).service,
    );
    const [first, second] = services;
    const asked = await first?.rerank({ query: 'fleet', documents });
    const probe = await connect();
    while ((await probe.dbsize()) === 0) {
      // The scores are written behind the response.
    }
    // Scores are served to a key that Cohere has accepted.
    await second?.checkKey();
    const known = await second?.rerank({ query: 'fleet', documents });
    expect(known?.usage).toEqual({ cachedDocuments: 3, requests: 0, retries: 0 });
    expect(known?.results).toEqual(asked?.results);
    expect(cohere.counters.byPath['/v2/rerank']).toBe(1);
  });

  it.each(['killed', 'frozen'])('that is %s costs the scores, and no call', async (how) => {
    const warnings: string[] = [];
    await using cohere = await CohereEmulator.start({ keys: { [KEY]: 'active' } });
    const { service } = rerankOver(cohere.url, {
      scoreCache: { store: cacheOver(), ttlMs: 60_000 },
      warn: (message) => warnings.push(message),
    });
    await service.rerank({ query: 'q', documents: ['a'] });
    await (how === 'killed' ? redis.kill() : redis.freeze());
    for (const document of ['b', 'c', 'd']) {
      // oxlint-disable-next-line no-await-in-loop
      const { results, usage } = await service.rerank({ query: 'q', documents: [document] });
      expect(results).toHaveLength(1);
      expect(usage.cachedDocuments).toBe(0);
    }
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('scoreCache fails: ');
  });
});
