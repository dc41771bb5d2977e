import type { CohereEmulator } from 'nestjs-cohere/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BulkFiles, manyRequests } from './support/bulk-files.js';
import { BulkProcess } from './support/bulk-process.js';
import { redisIsMissing, RedisServer } from './support/redis-server.js';
import { startRevokingCohere } from './support/revoking-cohere.js';
import { CANARY as KEY } from '../../support/keys.js';

describe.skipIf(redisIsMissing !== undefined)('ten thousand requests over Redis', () => {
  const processes: BulkProcess[] = [];
  let redis: RedisServer;
  let cohere: CohereEmulator;

  beforeAll(async () => {
    redis = await RedisServer.start();
    cohere = await startRevokingCohere(KEY, 'question 4000');
  });

  afterAll(async () => {
    await Promise.all(processes.map((each) => each.kill()));
    await cohere.stop();
    await redis.stop();
  });

  const start = (...parameters: readonly string[]) => {
    const bulk = new BulkProcess(parameters, {
      REDIS_URL: redis.url,
      COHERE_BASE_URL: cohere.url,
      COHERE_API_KEY: KEY,
      CALLS_PER_MINUTE: '1000000',
    });
    processes.push(bulk);
    return bulk;
  };

  it('have one result each, though a worker and the producer are killed, and the key is revoked for a while', async () => {
    const requests = manyRequests(10_000);
    const invalid = [100, 5_000, 9_999];
    for (const line of invalid) {
      requests[line - 1] = { query: ' ', documents: ['a'] };
    }
    const files = new BulkFiles(requests);
    const workers = [start('worker'), start('worker'), start('worker')];
    const produce = () => start(files.requests, files.results);
    const killed = produce();

    // The producer collects results only once it has added all requests.
    await expect
      .poll(() => cohere.counters.requests, { timeout: 120_000, interval: 5 })
      .toBeGreaterThan(2_000);
    await workers[0]?.kill();

    await Promise.race(workers.slice(1).map((worker) => worker.printed(/The queue is paused/)));
    const paused = workers.map(({ output }) => output).join('');
    expect(paused).toMatch(/The queue is paused\. COHERE_API_KEY_REJECTED: .+\n {2}1\. .*key/);
    cohere.setKey(KEY, 'active');
    await Promise.race(workers.slice(1).map((worker) => worker.printed(/the queue resumes/)));

    await files.reached(6_000);
    await killed.kill();
    const again = produce();

    expect(await again.exitCode()).toBe(0);
    const results = files.read();
    expect(results.size).toBe(10_000);
    const failed = [...results].filter(([, { error }]) => error !== undefined);
    expect(failed.map(([line]) => line).toSorted((a, b) => a - b)).toEqual(invalid);
    for (const [, { error }] of failed) {
      expect(error).toMatch(/^COHERE_REQUEST_INVALID: query/);
    }
    expect(results.get(7)?.results).toHaveLength(2);
    expect(workers.map(({ output }) => output).join('')).not.toContain(KEY);
    expect(await Promise.all(workers.slice(1).map((worker) => worker.stop()))).toEqual([0, 0]);
  });
});
