import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { RecordedRequest } from 'nestjs-cohere/testing';
import type { RerankQuery } from '../../../lib/rerank/rerank-endpoint.js';
import { failureOf } from '../../support/rerank-over.js';
import { bodies, emulated, sentTexts } from './support/emulated.js';
import { aborted, scoresOf, scripted } from './support/scripted-endpoint.js';

const query = 'q';
const byScore = (_: string, text: string) => Number.parseFloat(text);

/** Documents whose text begins with their score; many of them share it. */
function scored(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${((index * 7_919) % 1_000) / 1_000} of it`);
}

/** What one request would have been answered, by a plain sort. */
function reference(documents: readonly string[]): { document: string; index: number }[] {
  return documents
    .map((document, index) => ({ document, index, score: Number.parseFloat(document) || 0 }))
    .toSorted((a, b) => {
      const blanksLast = Number(a.document.trim() === '') - Number(b.document.trim() === '');
      return blanksLast || b.score - a.score || a.index - b.index;
    })
    .map(({ document, index }) => ({ document, index }));
}

function placed(results: readonly { readonly document: string; readonly index: number }[]) {
  return results.map(({ document, index }) => ({ document, index }));
}

describe('more documents than one request may hold', () => {
  it.each([
    [10, 10, [10]],
    [11, 10, [5, 6]],
    [25, 10, [8, 8, 9]],
    [7, 3, [2, 2, 3]],
    [3, 1, [1, 1, 1]],
  ])('%i at %i each are sent in as few and as even requests as possible', async (...row) => {
    const [count, maxDocumentsPerRequest, sizes] = row;
    const { emulator, service } = await emulated({ score: byScore }, { maxDocumentsPerRequest });
    const documents = scored(count);
    await service.rerank({ query, documents });
    const sent = sentTexts(emulator);
    // They may arrive in any order.
    const byPlace = sent.toSorted(
      (a, b) => documents.indexOf(a[0] ?? '') - documents.indexOf(b[0] ?? ''),
    );
    expect(byPlace.map(({ length }) => length)).toEqual(sizes);
    expect(byPlace.flat()).toEqual(documents);
  });

  it('ask each request for topN, and keep topN of all', async () => {
    const { emulator, service } = await emulated(
      { score: byScore },
      { maxDocumentsPerRequest: 10 },
    );
    const documents = scored(40);
    const { results } = await service.rerank({ query, documents, topN: 7 });
    expect(placed(results)).toEqual(reference(documents).slice(0, 7));
    expect(bodies(emulator).map((body) => body['top_n'])).toEqual([7, 7, 7, 7]);
  });

  it('send the other options with each request', async () => {
    const { emulator, service } = await emulated({}, { maxDocumentsPerRequest: 2 });
    await service.rerank({
      query,
      documents: ['a', 'b', 'c', 'd'],
      model: 'rerank-v5.0-pro',
      maxTokensPerDoc: 256,
      priority: 3,
      relevantSpans: { maxSpans: 2 },
    });
    const expected = {
      model: 'rerank-v5.0-pro',
      query,
      max_tokens_per_doc: 256,
      priority: 3,
      relevant_spans: { max_spans: 2 },
    };
    expect(bodies(emulator)).toEqual([
      expect.objectContaining(expected),
      expect.objectContaining(expected),
    ]);
  });
});

describe('the ranking of many batches', () => {
  it('of 10,000 documents is the one of a single request, and that of a plain sort', async () => {
    const documents = scored(10_000);
    const split = await emulated({ score: byScore });
    const single = await emulated({ score: byScore }, { maxDocumentsPerRequest: 10_000 });
    const { results } = await split.service.rerank({ query, documents });
    expect(placed(results)).toEqual(reference(documents));
    expect(results).toEqual((await single.service.rerank({ query, documents })).results);
    expect(split.emulator.requests).toHaveLength(10);
    expect(single.emulator.requests).toHaveLength(1);
  });

  it('is exact for any documents, batch size, topN and threshold', async () => {
    const document = fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0, max: 4 }).map((score) => `${score / 4} of it`) },
      { weight: 1, arbitrary: fc.constantFrom('', ' ', '\n') },
    );
    const property = fc.asyncProperty(
      fc.array(document, { maxLength: 60, size: 'max' }),
      fc.integer({ min: 1, max: 20 }),
      fc.option(fc.integer({ min: 1, max: 70 }), { nil: undefined }),
      fc.option(fc.constantFrom(0, 0.25, 0.6, 1), { nil: undefined }),
      async (documents, maxDocumentsPerRequest, topN, minRelevanceScore) => {
        const { endpoint, service } = scripted(scoresOf, { maxDocumentsPerRequest });
        const request = { query, documents, topN, minRelevanceScore };
        const { results, usage } = await service.rerank(request);
        const expected = reference(documents)
          .filter(
            ({ document: text }) => (Number.parseFloat(text) || 0) >= (minRelevanceScore ?? 0),
          )
          .slice(0, topN);
        expect(placed(results)).toEqual(expected);
        const withText = documents.filter((text) => text.trim() !== '').length;
        expect(usage.requests).toBe(Math.ceil(withText / maxDocumentsPerRequest));
        expect(sizeSpread(endpoint.queries)).toBeLessThanOrEqual(1);
      },
    );
    await fc.assert(property, { numRuns: 300 });
  });

  it('gives equal documents of different batches back in their order', async () => {
    const { service } = scripted(scoresOf, { maxDocumentsPerRequest: 2 });
    const documents = Array.from({ length: 9 }, (_, number) => ({ number }));
    const { results } = await service.rerank({ query, documents, toText: () => '0.5' });
    expect(results.map(({ document }) => document.number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

describe('very many documents', () => {
  it('all of them blank come back without a request', async () => {
    const { endpoint, service } = scripted(scoresOf);
    const documents = Array.from({ length: 1_000_000 }, () => ' ');
    const { results } = await service.rerank({ query, documents });
    expect(results).toHaveLength(1_000_000);
    expect(results.at(-1)).toEqual({ document: ' ', index: 999_999, relevanceScore: 0 });
    expect(endpoint.queries).toEqual([]);
  });

  it('are an exact ranking with blank ones among them, and with a topN beyond all of them', async () => {
    const { endpoint, service } = scripted(scoresOf);
    const documents = scored(100_000).map((text, index) => (index % 7 === 0 ? '' : text));
    const { results } = await service.rerank({ query, documents, topN: Number.MAX_SAFE_INTEGER });
    expect(placed(results)).toEqual(reference(documents));
    expect(endpoint.queries).toHaveLength(86);
  });

  it('are left as they are when the call is aborted before they have been split', async () => {
    const { endpoint, service } = scripted(scoresOf);
    const documents = Array.from({ length: 1_000_000 }, (_, index) => `0.5 ${index}`);
    const controller = new AbortController();
    const ranking = service.rerank({ query, documents }, { signal: controller.signal });
    setImmediate(() => controller.abort(new Error('the user left')));
    expect(await failureOf(ranking)).toMatchObject({ message: 'the user left' });
    expect(endpoint.queries).toEqual([]);
  });
});

describe('metadata of the responses', () => {
  it('is summed: usage, ids in the order of the batches, every warning once', async () => {
    const { service } = scripted(
      (sent) => ({
        ...scoresOf(sent),
        id: `id of ${sent.documents[0]}`,
        meta: {
          billed_units: { search_units: 2, input_tokens: 30 },
          warnings: ['for all', `for ${sent.documents[0]}`],
        },
      }),
      { maxDocumentsPerRequest: 1 },
    );
    const response = await service.rerank({ query, documents: ['0.1', '0.2', '0.3'] });
    expect(response).toMatchObject({
      ids: ['id of 0.1', 'id of 0.2', 'id of 0.3'],
      usage: { searchUnits: 6, inputTokens: 90, requests: 3, retries: 0 },
      warnings: ['for all', 'for 0.1', 'for 0.2', 'for 0.3'],
    });
  });

  it('counts what some answers lack from those that have it', async () => {
    const { service } = scripted(
      (sent) => ({
        ...scoresOf(sent),
        ...(sent.documents[0] === '0.2' ? { meta: { billed_units: { search_units: 1 } } } : {}),
      }),
      { maxDocumentsPerRequest: 1 },
    );
    const { ids, usage } = await service.rerank({ query, documents: ['0.1', '0.2', '0.3'] });
    expect(ids).toEqual([]);
    expect(usage).toEqual({ searchUnits: 1, requests: 3, retries: 0 });
  });

  it('counts the retries of all batches', async () => {
    const { emulator, service } = await emulated({}, { maxDocumentsPerRequest: 1 });
    emulator.fail({ kind: 'status', status: 503 }, { times: 2 });
    const { usage } = await service.rerank({ query, documents: ['a', 'b', 'c'] });
    expect(usage).toMatchObject({ requests: 3, retries: 2 });
  });
});

describe('one batch that fails', () => {
  it('fails the call and ends its siblings at once', async () => {
    const answered: RecordedRequest[] = [];
    const { emulator, service } = await emulated(
      { onRequest: (request) => answered.push(request) },
      { maxDocumentsPerRequest: 1 },
    );
    emulator.fail({ kind: 'hang' }, { times: 2, when: (request) => !isPoison(request) });
    emulator.fail(
      { kind: 'status', status: 400, message: 'invalid request' },
      { when: (request) => isPoison(request) },
    );
    const call = service.rerank({ query, documents: ['a', 'poison', 'c'] });
    const error = await failureOf(call);
    expect(error).toMatchObject({ code: 'COHERE_REQUEST_INVALID' });
    // Their connections are closed, long before the deadline.
    await vi.waitFor(() => expect(answered).toHaveLength(3));
    expect(answered.filter(({ status }) => status === 400)).toHaveLength(1);
    expect(answered.filter(({ status }) => status === undefined)).toHaveLength(2);
  });

  it('does not send calls that still wait for a slot', async () => {
    const settings = { maxDocumentsPerRequest: 1, concurrency: 1 };
    const { emulator, service } = await emulated({}, settings);
    emulator.fail({ kind: 'status', status: 400 });
    await failureOf(service.rerank({ query, documents: scored(10) }));
    await service.rerank({ query, documents: ['after it'] });
    expect(sentTexts(emulator)).toEqual([[scored(1)[0]], ['after it']]);
  });

  it('is the error of the call, not the abort of the others', async () => {
    const { endpoint, service } = scripted(
      async ({ documents }, { signal }) => {
        if (documents[0] === 'last') {
          return { results: [] };
        }
        await aborted(signal);
        throw signal.reason;
      },
      { maxDocumentsPerRequest: 1 },
    );
    const error = await failureOf(service.rerank({ query, documents: ['a', 'b', 'last'] }));
    expect(error).toMatchObject({ code: 'COHERE_RESPONSE_INVALID' });
    expect(endpoint.inFlight).toBe(0);
  });

  it('leaves nothing behind: the next call has all places of the instance', async () => {
    const settings = { maxDocumentsPerRequest: 1, concurrency: 2 };
    const { emulator, service } = await emulated({ score: byScore }, settings);
    emulator.fail({ kind: 'status', status: 400 });
    await failureOf(service.rerank({ query, documents: scored(8) }));
    const { results } = await service.rerank({ query, documents: scored(8) });
    expect(results).toHaveLength(8);
  });
});

describe('requests in flight', () => {
  it.each([1, 3, 16])('reach the limit of %i, and never exceed it', async (limit) => {
    const { endpoint, service } = scripted(
      async (sent) => {
        await new Promise(setImmediate);
        return scoresOf(sent);
      },
      { concurrency: limit, maxDocumentsPerRequest: 1 },
    );
    await Promise.all([
      service.rerank({ query, documents: scored(20) }),
      service.rerank({ query, documents: scored(20) }),
    ]);
    expect(endpoint.queries).toHaveLength(40);
    expect(endpoint.mostInFlight).toBe(limit);
  });

  it('of one call are all batches at once, where the limit allows it', async () => {
    const { endpoint, service } = scripted(
      async (sent) => {
        await new Promise(setImmediate);
        return scoresOf(sent);
      },
      { concurrency: 16, maxDocumentsPerRequest: 1 },
    );
    await service.rerank({ query, documents: scored(10) });
    expect(endpoint.mostInFlight).toBe(10);
  });
});

function isPoison({ body }: RecordedRequest): boolean {
  return JSON.stringify(body).includes('poison');
}

function sizeSpread(queries: readonly RerankQuery[]): number {
  const sizes = queries.map(({ documents }) => documents.length);
  return sizes.length === 0 ? 0 : Math.max(...sizes) - Math.min(...sizes);
}
