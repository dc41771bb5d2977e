import { createCache } from 'cache-manager';
import { describe, expect, it } from 'vitest';
import { TimeoutError } from '../../../lib/diagnosis/errors.js';
import { failureOf, rerankOver } from '../../support/rerank-over.js';
import { hang, json, ranking, StubCohere } from '../../support/stub-cohere.js';
import { TENANT_KEY } from '../../support/keys.js';

const scoreCache = () => ({ store: createCache(), ttlMs: 60_000 });
const pages = (from: number, count: number) =>
  Array.from({ length: count }, (_, place) => `document ${from + place}`);

describe('rerank with scoreCache', () => {
  it('sends a tenth of a second page that overlaps the first by 90 %', async () => {
    const cohere = await StubCohere.start(ranking());
    const { service } = rerankOver(cohere.url, { scoreCache: scoreCache() });
    const first = await service.rerank({ query: 'q', documents: pages(0, 100), topN: 5 });
    const second = await service.rerank({ query: 'q', documents: pages(10, 100), topN: 5 });

    expect(cohere.documents.map(({ length }) => length)).toEqual([100, 10]);
    expect(first.usage).toMatchObject({ cachedDocuments: 0, requests: 1 });
    expect(second.usage).toMatchObject({ cachedDocuments: 90, requests: 1 });
  });

  it('asks for every score, because a ranking cut off at topN is of no use to the next call', async () => {
    const cohere = await StubCohere.start(ranking());
    const { service } = rerankOver(cohere.url, { scoreCache: scoreCache() });
    const { results } = await service.rerank({ query: 'q', documents: pages(0, 9), topN: 2 });
    expect(results).toHaveLength(2);
    expect(JSON.parse(cohere.requests[0]?.body ?? '')).not.toHaveProperty('top_n');

    const again = await service.rerank({ query: 'q', documents: pages(0, 9) });
    expect(again.results).toHaveLength(9);
    expect(again.usage).toEqual({ cachedDocuments: 9, requests: 0, retries: 0 });
    expect(again.ids).toEqual([]);
    expect(cohere.requests).toHaveLength(1);
  });

  it('is passed by with relevantSpans', async () => {
    const cohere = await StubCohere.start(ranking());
    const { service } = rerankOver(cohere.url, { scoreCache: scoreCache() });
    const request = { query: 'q', documents: ['a', 'b'], relevantSpans: true };
    await service.rerank(request);
    const { usage } = await service.rerank(request);
    expect(cohere.requests).toHaveLength(2);
    expect(usage).not.toHaveProperty('cachedDocuments');
  });

  it('is shared by forKey', async () => {
    const cohere = await StubCohere.start(ranking());
    const { service } = rerankOver(cohere.url, { scoreCache: scoreCache() });
    await service.rerank({ query: 'q', documents: ['a'] });
    const tenant = service.forKey(TENANT_KEY);
    const { usage } = await tenant.rerank({ query: 'q', documents: ['a'] });
    expect(usage.cachedDocuments).toBe(1);
  });

  it('without the option says nothing of cached documents', async () => {
    const cohere = await StubCohere.start(ranking());
    const { usage } = await rerankOver(cohere.url).service.rerank({ query: 'q', documents: ['a'] });
    expect(usage).not.toHaveProperty('cachedDocuments');
  });

  it('keeps to the deadline and to the abort of the call', async () => {
    const cohere = await StubCohere.start(hang);
    const { service } = rerankOver(cohere.url, { scoreCache: scoreCache() });
    const request = { query: 'q', documents: ['a'] };
    expect(await failureOf(service.rerank(request, { timeoutMs: 50 }))).toBeInstanceOf(
      TimeoutError,
    );

    const controller = new AbortController();
    const reason = new Error('gone');
    setTimeout(() => controller.abort(reason), 20);
    expect(await failureOf(service.rerank(request, { signal: controller.signal }))).toBe(reason);
    expect(await failureOf(service.rerank(request, { signal: controller.signal }))).toBe(reason);
  });

  it('a call that waits for the documents of another keeps its own deadline', async () => {
    const cohere = await StubCohere.start(hang);
    const { service } = rerankOver(cohere.url, { scoreCache: scoreCache() });
    const request = { query: 'q', documents: ['a'] };
    const first = failureOf(service.rerank(request, { timeoutMs: 1_000 }));
    const second = failureOf(service.rerank(request, { timeoutMs: 50 }));
    expect(await second).toBeInstanceOf(TimeoutError);
    expect(cohere.requests).toHaveLength(1);
    expect(await first).toBeInstanceOf(TimeoutError);
  });

  it('that fails leaves nothing behind: the next call asks again', async () => {
    const cohere = await StubCohere.start(json(400, { message: 'no' }), ranking());
    const { service } = rerankOver(cohere.url, { scoreCache: scoreCache() });
    const request = { query: 'q', documents: ['a'] };
    await failureOf(service.rerank(request));
    expect((await service.rerank(request)).results).toHaveLength(1);
  });
});
