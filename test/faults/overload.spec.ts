import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { TimeoutError } from '../../lib/index.js';
import type { RerankService } from '../../lib/rerank/rerank.service.js';
import { diagnosisOf } from '../support/diagnosis-of.js';
import { rerankOver } from '../support/rerank-over.js';
import { type Answer, hang, ranking, StubCohere } from '../support/stub-cohere.js';

const CONCURRENCY = 4;

function slow(latencyMs: () => number): Answer {
  return (request, response) => {
    setTimeout(() => ranking()(request, response), latencyMs());
  };
}

/** Sends calls at a steady rate. @returns how many were served in each third of the time */
async function load(
  service: RerankService,
  {
    perSecond,
    seconds,
    documents = ['a'],
  }: { perSecond: number; seconds: number; documents?: string[] },
) {
  const served = Array.from({ length: 3 }, () => 0);
  const failures: unknown[] = [];
  const startedAt = performance.now();
  const elapsed = () => (performance.now() - startedAt) / 1_000 / seconds;
  const calls: Promise<void>[] = [];
  const send = async (): Promise<void> => {
    try {
      await service.rerank({ query: 'q', documents });
      const third = Math.min(2, Math.floor(elapsed() * 3));
      served[third] = (served[third] ?? 0) + 1;
    } catch (error) {
      failures.push(error);
    }
  };
  while (elapsed() < 1) {
    while (calls.length < elapsed() * seconds * perSecond) {
      calls.push(send());
    }
    // oxlint-disable-next-line no-await-in-loop
    await pause(5);
  }
  await Promise.all(calls);
  return { served, failures };
}

describe('more calls than Cohere can serve', () => {
  it.each([
    ['answers that all take the same time', () => 80, ['a']],
    ['answers that vary', () => 20 + Math.random() * 120, ['a']],
    ['calls of several requests', () => 80, ['a', 'b', 'c']],
  ])('use its full capacity, with %s', async (_, latencyMs, documents) => {
    const stub = await StubCohere.start(slow(latencyMs));
    const { service } = rerankOver(stub.url, {
      concurrency: CONCURRENCY,
      timeoutMs: 800,
      maxDocumentsPerRequest: 1,
    });
    const perSecond = (2 * 50) / documents.length;
    const { served, failures } = await load(service, { perSecond, seconds: 3, documents });

    const answered = served.reduce((sum, calls) => sum + calls, 0) * documents.length;
    const abandoned = stub.requests.length - answered;
    expect(served.filter((calls) => calls === 0)).toEqual([]);
    expect(failures.length).toBeGreaterThan(0);
    expect(abandoned).toBeLessThanOrEqual(0.15 * stub.requests.length);
    expect(stub.connectionCount).toBeLessThanOrEqual(CONCURRENCY + abandoned + 1);
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(TimeoutError);
    }
  });

  it('fail with a fix', async () => {
    const stub = await StubCohere.start(slow(() => 500));
    const { service } = rerankOver(stub.url, { concurrency: 1, timeoutMs: 800 });
    const request = { query: 'q', documents: ['a'] };
    await service.rerank(request);
    const first = service.rerank(request);
    const late = diagnosisOf(service.rerank(request));
    await first;
    const { code, detail, fix } = await late;
    expect(code).toBe('COHERE_TIMEOUT');
    expect(detail).toMatch(/waiting for its turn behind others.*It was not sent\.$/);
    expect(fix.join()).toContain('COHERE_CONCURRENCY');
    expect(stub.requests).toHaveLength(2);
  });

  it('do not each open a connection to a hanging Cohere, and end together', async () => {
    const stub = await StubCohere.start(hang);
    const { service } = rerankOver(stub.url, {
      concurrency: CONCURRENCY,
      timeoutMs: 300,
      maxRetries: 0,
    });
    const request = { query: 'q', documents: ['a'] };
    const failures = await Promise.all(
      Array.from({ length: 500 }, () => diagnosisOf(service.rerank(request))),
    );
    expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(['COHERE_TIMEOUT']));
    expect(stub.connectionCount).toBeLessThanOrEqual(CONCURRENCY);
    expect(stub.requests.length).toBeLessThanOrEqual(CONCURRENCY);
  });
});
