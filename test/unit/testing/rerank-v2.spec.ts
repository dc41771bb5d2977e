import { describe, expect, it } from 'vitest';
import { ask, message, MODEL, rerank, results } from './support/ask.js';
import { useEmulator } from './support/use-emulator.js';

const emulator = useEmulator();

describe('POST /v2/rerank', () => {
  it('answers in the shape of the reference', async () => {
    const answer = await rerank(emulator.current, { model: 'rerank-v3.5' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('x-debug-trace-id')).toMatch(/^[0-9a-f]{32}$/);
    expect(answer.headers.get('cache-control')).toContain('no-store');
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      results: [
        { index: 0, relevance_score: expect.any(Number) },
        { index: 1, relevance_score: expect.any(Number) },
      ],
      meta: {
        api_version: { version: '2', is_experimental: false },
        billed_units: { search_units: 1 },
      },
    });
  });

  it('ranks by relevance, and equals by their index', async () => {
    const documents = [
      'a river',
      'the capital',
      'a mountain',
      'a capital idea of capital',
      'a sea',
    ];
    const ranked = results(await rerank(emulator.current, { documents }));
    expect(ranked.map(({ index }) => index)).toEqual([3, 1, 0, 2, 4]);
    for (const { relevance_score } of ranked) {
      expect(relevance_score).toBeGreaterThan(0);
      expect(relevance_score).toBeLessThanOrEqual(1);
    }
  });

  it('gives the best top_n only, and all where top_n is more than there are', async () => {
    const documents = ['a river', 'the capital', 'a mountain'];
    const one = results(await rerank(emulator.current, { documents, top_n: 1 }));
    expect(one.map(({ index }) => index)).toEqual([1]);
    expect(results(await rerank(emulator.current, { documents, top_n: 9 }))).toHaveLength(3);
  });

  it('takes null for a field that is left out', async () => {
    const answer = await rerank(emulator.current, {
      top_n: null,
      max_tokens_per_doc: null,
      priority: null,
      relevant_spans: null,
    });
    expect(answer.status).toBe(200);
  });

  it('does not read beyond max_tokens_per_doc', async () => {
    const documents = [`${'filler '.repeat(50)} capital`, 'capital'];
    const whole = results(await rerank(emulator.current, { documents }));
    const cut = results(await rerank(emulator.current, { documents, max_tokens_per_doc: 20 }));
    expect(whole.find(({ index }) => index === 0)?.relevance_score).toBeGreaterThan(0);
    expect(cut.find(({ index }) => index === 0)?.relevance_score).toBe(1e-8);
  });

  it('scores a document the same whatever is ranked with it, so that split requests merge', async () => {
    const documents = ['a river', 'the capital of the country', 'capital letters', 'a mountain'];
    const together = results(await rerank(emulator.current, { documents }));
    for (const { index, relevance_score } of together) {
      const alone = results(await rerank(emulator.current, { documents: [documents[index]] }));
      expect(alone[0]?.relevance_score).toBe(relevance_score);
    }
  });

  it('takes the score of the test in place of its own', async () => {
    const seen: unknown[] = [];
    const scored = await emulator.start({
      score: (query, document, index) => {
        seen.push([query, document, index]);
        return index / 10;
      },
    });
    const ranked = results(await rerank(scored, { query: 'q', documents: ['a', 'b', 'c'] }));
    expect(ranked.map(({ relevance_score }) => relevance_score)).toEqual([0.2, 0.1, 1e-8]);
    expect(seen).toEqual([
      ['q', 'a', 0],
      ['q', 'b', 1],
      ['q', 'c', 2],
    ]);
  });

  it.each([Number.NaN, -0.1, 1.1])('reports a score of %s to the test', async (value) => {
    const scored = await emulator.start({ score: () => value });
    const answer = await rerank(scored);
    expect(answer.status).toBe(500);
    expect(answer.text).toContain(`score() returned ${value}`);
  });

  it('serves further models under the ids it is given', async () => {
    const vault = await emulator.start({ models: ['rerank-vault-1'] });
    expect((await rerank(vault, { model: 'rerank-vault-1' })).status).toBe(200);
    expect((await rerank(emulator.current, { model: 'rerank-vault-1' })).status).toBe(404);
  });
});

describe('search units', () => {
  it.each([
    [1, 1],
    [100, 1],
    [101, 2],
    [1_000, 10],
  ])('%d short documents are %d', async (count, expected) => {
    expect(await units(Array.from({ length: count }, () => 'short'))).toEqual(billed(expected));
  });

  it('a document over 500 tokens counts once per chunk', async () => {
    const long = 'word '.repeat(400);
    expect(await units(Array.from({ length: 100 }, () => long))).toEqual(billed(2));
  });
});

describe('Rerank 5', () => {
  it('bills input tokens, older models do not', async () => {
    expect(await meta({ model: 'rerank-v5.0-pro' })).toMatchObject({
      billed_units: { search_units: 1, input_tokens: expect.any(Number) },
    });
    expect(await meta({ model: 'rerank-v4.0-pro' })).not.toMatchObject({
      billed_units: { input_tokens: expect.any(Number) },
    });
  });

  it('gives relevant_spans in code points of the document', async () => {
    const document = '😀😀 Rivers are long. The capital is 東京 👩‍👩‍👧. Nothing else.';
    const ranked = results(
      await rerank(emulator.current, { documents: [document], relevant_spans: {} }),
    );
    const spans = ranked[0]?.relevant_spans ?? [];
    const points = Array.from(document);
    expect(spans.map(({ start, end }) => points.slice(start, end).join(''))).toEqual([
      'The capital is 東京 👩‍👩‍👧.',
    ]);
    expect(spans[0]?.score).toBeGreaterThan(0.3);
  });

  it('keeps max_spans and threshold, and the order of the text', async () => {
    const documents = [
      'A capital. One capital city in a long sentence of many words. The capital!',
    ];
    const spans = async (relevant_spans: unknown) =>
      results(await rerank(emulator.current, { documents, relevant_spans }))[0]?.relevant_spans ??
      [];
    const all = await spans({ threshold: 0 });
    expect(all).toHaveLength(3);
    expect(all.map(({ start }) => start)).toEqual(
      all.map(({ start }) => start).toSorted((a, b) => a - b),
    );
    expect(await spans({ threshold: 0, max_spans: 1 })).toHaveLength(1);
    expect(await spans({ threshold: 1 })).toEqual([]);
  });

  it('returns no spans unless requested', async () => {
    expect(results(await rerank(emulator.current))[0]).not.toHaveProperty('relevant_spans');
  });
});

describe('return_documents', () => {
  const documents = [`a river ${'filler '.repeat(20)}`, 'the capital'];

  it('is answered with the 422 that is documented today', async () => {
    const answer = await rerank(emulator.current, { documents, return_documents: true });
    expect(answer.status).toBe(422);
    expect(message(answer)).toMatch(/^unknown field: parameter 'return_documents' is not a valid/);
  });

  it('gives the documents back, whole, where legacy fields are accepted', async () => {
    const legacy = await emulator.start({ acceptLegacyFields: true });
    const answer = await rerank(legacy, {
      documents,
      return_documents: true,
      max_tokens_per_doc: 2,
    });
    expect(results(answer).map(({ document }) => document)).toEqual(
      results(answer).map(({ index }) => ({ text: documents[index] })),
    );
    const without = await rerank(legacy, { documents, return_documents: false });
    expect(results(without)[0]).not.toHaveProperty('document');
    expect((await rerank(legacy, { return_documents: 'yes' })).status).toBe(400);
    expect((await rerank(legacy, { top_k: 1 })).status).toBe(422);
  });
});

describe('what goes over the wire', () => {
  it('documents as objects are for version 1 only', async () => {
    const answer = await rerank(emulator.current, { documents: [{ text: 'a' }] });
    expect(answer.status).toBe(400);
  });

  it('has one id per response', async () => {
    const ids = await Promise.all([rerank(emulator.current), rerank(emulator.current)]);
    expect(ids[0].body?.['id']).not.toBe(ids[1].body?.['id']);
  });

  it('keeps connections, so that clients may use them again', async () => {
    const response = await fetch(`${emulator.current.url}/v1/models/${MODEL}`, {
      headers: { authorization: `Bearer ${emulator.current.keys.active}` },
    });
    await response.text();
    expect(response.headers.get('connection')).toBe('keep-alive');
    expect((await ask(emulator.current, '/v1/models')).status).toBe(200);
  });
});

async function meta(body: Readonly<Record<string, unknown>>): Promise<unknown> {
  const answer = await rerank(emulator.current, body);
  return answer.body?.['meta'];
}

function units(documents: readonly string[]): Promise<unknown> {
  return meta({ model: 'rerank-v3.5', documents });
}

function billed(searchUnits: number): unknown {
  return expect.objectContaining({ billed_units: { search_units: searchUnits } });
}
