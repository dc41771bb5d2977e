import { execFile } from 'node:child_process';
import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CohereEmulator } from 'nestjs-cohere/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { emptyFolder } from '../support/run-app.js';
import { BulkFiles, manyRequests } from './support/bulk-files.js';
import { BulkProcess } from './support/bulk-process.js';
import { redisIsMissing, RedisServer } from './support/redis-server.js';
import { startRevokingCohere } from './support/revoking-cohere.js';
import { CANARY as KEY } from '../../support/keys.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const README = readFileSync(join(ROOT, 'sample/05-bulk/README.md'), 'utf8');
/** An input that is there. */
const MAIN = fileURLToPath(import.meta.url);
const runInShell = promisify(execFile);

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) {
    // oxlint-disable-next-line no-await-in-loop
    await cleanUp();
  }
});

async function startCohere(latencyMs = 0): Promise<CohereEmulator> {
  const cohere = await CohereEmulator.start({ keys: { [KEY]: 'active' }, latencyMs });
  cleanUps.push(() => cohere.stop());
  return cohere;
}

function bulk(cohere: CohereEmulator, files: BulkFiles, more: Record<string, string> = {}) {
  const started = new BulkProcess([files.requests, files.results], {
    COHERE_BASE_URL: cohere.url,
    COHERE_API_KEY: KEY,
    CALLS_PER_MINUTE: '1000000',
    ...more,
  });
  cleanUps.push(() => started.kill());
  return started;
}

describe('bulk reranking in one process', () => {
  it('resumes after kill -9 with nothing lost and nothing done twice', async () => {
    const cohere = await startCohere(50);
    const files = new BulkFiles(manyRequests(600));
    const first = bulk(cohere, files);
    await files.reached(150);
    await first.kill();
    // As when it was killed in the middle of a line.
    appendFileSync(files.results, '{"id":"599-');
    const done = files.count;

    expect(await bulk(cohere, files).exitCode()).toBe(0);
    expect(files.read().size).toBe(600);
    // All that was asked a second time was in flight when it was killed, or was the one being written.
    expect(cohere.counters.byPath['/v2/rerank']).toBeLessThanOrEqual(600 + 16 + 1);
    expect(done).toBeGreaterThanOrEqual(150);

    const asked = cohere.counters.byPath['/v2/rerank'];
    expect(await bulk(cohere, files).exitCode()).toBe(0);
    expect(cohere.counters.byPath['/v2/rerank']).toBe(asked);
  });

  it('yields the error of a request that cannot be ranked, and continues', async () => {
    const cohere = await startCohere();
    const files = new BulkFiles([
      { query: 'q', documents: ['a'] },
      'no JSON',
      '',
      { query: ' ', documents: ['a'] },
      '["q"]',
      { query: 'q', documents: [] },
    ]);
    const run = bulk(cohere, files);
    expect(await run.exitCode()).toBe(0);
    const results = files.read();
    expect([...results.keys()].toSorted((a, b) => a - b)).toEqual([1, 2, 4, 5, 6]);
    expect(results.get(2)?.error).toMatch(/^COHERE_REQUEST_INVALID: /);
    expect(results.get(4)?.error).toMatch(/^COHERE_REQUEST_INVALID: query/);
    expect(results.get(6)?.results).toEqual([]);
    expect(run.output).toContain('5 done, 3 of this run failed');
  });

  it('leaves retryable requests to the next run, and reports that', async () => {
    const cohere = await startCohere();
    cohere.fail({ kind: 'status', status: 503 }, { times: Infinity, path: '/v2/rerank' });
    const files = new BulkFiles(manyRequests(2));
    const run = bulk(cohere, files, { COHERE_MAX_RETRIES: '0' });
    expect(await run.exitCode()).toBe(75);
    expect(run.output).toContain('2 requests failed for now');
    cohere.clearFaults();
    expect(await bulk(cohere, files).exitCode()).toBe(0);
    expect(files.read().size).toBe(2);
  });

  it('ends with the fix when Cohere refuses the key midway, and spends no input', async () => {
    const cohere = await startRevokingCohere(KEY, 'question 50', 50);
    cleanUps.push(() => cohere.stop());
    const files = new BulkFiles(manyRequests(400));
    const run = bulk(cohere, files);
    expect(await run.exitCode()).toBe(77);
    expect(run.output).toContain('COHERE_API_KEY_REJECTED');
    expect(run.output).not.toContain(KEY);
    expect([...files.read().values()].filter(({ error }) => error !== undefined)).toEqual([]);
    cohere.setKey(KEY, 'active');
    expect(await bulk(cohere, files).exitCode()).toBe(0);
    expect(files.read().size).toBe(400);
  });

  it('reads lines that contain the line separators of JavaScript', async () => {
    const cohere = await startCohere();
    const files = new BulkFiles([{ query: 'q', documents: ['a\u2028b', 'c\u2029d'] }]);
    expect(await bulk(cohere, files).exitCode()).toBe(0);
    expect(files.read().get(1)?.results).toHaveLength(2);
  });

  it.each<[string, string[], Record<string, string>, RegExp]>([
    ['a rate that is not a number', [MAIN, 'b'], { CALLS_PER_MINUTE: '1k' }, /CALLS_PER_MINUTE/],
    ['a Redis address that is none', ['worker'], { REDIS_URL: 'secret@host' }, /^REDIS_URL .*must/],
    ['a worker without Redis', ['worker'], {}, /^REDIS_URL /],
    ['no input', [], {}, /^Usage: /],
    ['an input that is not there', ['nowhere.jsonl', 'out.jsonl'], {}, /nowhere\.jsonl/],
    [
      'a Redis that is not there',
      ['worker'],
      { REDIS_URL: 'redis://:hunter2@127.0.0.1:1' },
      /^REDIS_URL cannot be used: .*ECONNREFUSED/,
    ],
  ])('reports an invalid %s at once', async (_, parameters, environment, message) => {
    const run = new BulkProcess(parameters, environment);
    expect(await run.exitCode()).not.toBe(0);
    expect(run.output).toMatch(message);
    expect(run.output).not.toMatch(/secret|hunter2|\n {4}at /);
  });

  it('does not append to a file that it did not write', async () => {
    const cohere = await startCohere();
    const files = new BulkFiles(manyRequests(1));
    const text = 'my diary\n';
    appendFileSync(files.results, text);
    const run = bulk(cohere, files);
    expect(await run.exitCode()).toBe(1);
    expect(run.output).toContain('not an output of this program');
    expect(readFileSync(files.results, 'utf8')).toBe(text);
  });
});

describe.skipIf(redisIsMissing !== undefined)('workers over Redis', () => {
  const CALLS = 60;

  async function startFleet(starting = startCohere()) {
    const redis = await RedisServer.start();
    cleanUps.push(() => redis.stop());
    const cohere = await starting;
    const environment = {
      REDIS_URL: redis.url,
      COHERE_BASE_URL: cohere.url,
      COHERE_API_KEY: KEY,
      CALLS_PER_MINUTE: String(CALLS),
    };
    const start = (parameters: readonly string[], more: Record<string, string> = {}) => {
      const started = new BulkProcess(parameters, { ...environment, ...more });
      cleanUps.push(() => started.kill());
      return started;
    };
    return { cohere, start };
  }

  it('lose no job when a worker gets SIGTERM while its jobs wait for the rate limit', async () => {
    const { cohere, start } = await startFleet();
    const files = new BulkFiles(manyRequests(18));
    const producer = start([files.requests, files.results]);
    const worker = start(['worker']);
    await files.reached(2);
    expect(await worker.stop()).toBe(0);
    expect(files.count).toBeLessThan(18);

    start(['worker'], { CALLS_PER_MINUTE: '1000000' });
    expect(await producer.exitCode()).toBe(0);
    const results = [...files.read().values()];
    expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(results).toHaveLength(18);
    expect(cohere.counters.byStatus).toEqual({ 200: expect.any(Number) });
  });

  it('pause while Cohere refuses the key, use up no request, and go on by themselves', async () => {
    const starting = startRevokingCohere(KEY, 'question 50', 50);
    cleanUps.push(async () => (await starting).stop());
    const { cohere, start } = await startFleet(starting);
    const fast = { CALLS_PER_MINUTE: '1000000' };
    const files = new BulkFiles(manyRequests(400));
    const workers = [start(['worker'], fast), start(['worker'], fast)];
    // A worker that is still starting would be refused by its startup check.
    await Promise.all(workers.map((each) => each.printed(/is valid; model/)));
    const producer = start([files.requests, files.results], fast);
    await Promise.race(workers.map((each) => each.printed(/The queue is paused/)));
    const output = workers.map((each) => each.output).join('');
    expect(output).toMatch(/The queue is paused\. COHERE_API_KEY_REJECTED: .+\n {2}1\. .*key/);
    expect(output).not.toContain(KEY);
    cohere.setKey(KEY, 'active');
    expect(await producer.exitCode()).toBe(0);
    const results = [...files.read().values()];
    expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(results).toHaveLength(400);
  }, 180_000);
});

describe.skipIf(redisIsMissing !== undefined)('the README of the sample', () => {
  it('has commands that work as they are', async () => {
    const redis = await RedisServer.start();
    cleanUps.push(() => redis.stop());
    const folder = emptyFolder();
    cleanUps.push(async () => rmSync(folder, { recursive: true }));
    const commands = [...README.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) =>
      block
        .replaceAll('/tmp/', `${folder}/`)
        .replace('redis://localhost:6379', redis.url)
        // Both have happened: the tests run in what they have made.
        .replace(/^npm ci\nnpm run build:quick && npm run build:sample\n/, ''),
    );
    const [alone = '', worker = '', producer = ''] = commands;
    expect(commands).toHaveLength(3);
    // In a shell of its own, as in a terminal of its own.
    const script = `set -e
${alone}
(trap 'kill $(jobs -p)' EXIT; ${worker.replace('npm run bulk -- worker', 'node sample/05-bulk/dist/main.js worker &')}
${producer})`;
    const { PATH } = process.env;
    await runInShell('bash', ['-c', script], { cwd: ROOT, env: { PATH, HOME: folder } });
    for (const name of ['results.jsonl', 'results-of-workers.jsonl']) {
      const lines = readFileSync(join(folder, name), 'utf8').trim().split('\n');
      expect(lines).toHaveLength(4);
      expect(lines.join()).not.toContain('error');
    }
  });
});
