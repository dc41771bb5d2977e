import { describe, expect, it } from 'vitest';
import { ask, message, results } from './support/ask.js';
import { useEmulator } from './support/use-emulator.js';

const emulator = useEmulator();

const v1 = (body: Readonly<Record<string, unknown>>) =>
  ask(emulator.current, '/v1/rerank', { body: { query: 'capital', ...body } });

describe('POST /v1/rerank', () => {
  it('needs no model, and says that it is version 1', async () => {
    const answer = await v1({ documents: ['a river', 'the capital'] });
    expect(results(answer).map(({ index }) => index)).toEqual([1, 0]);
    expect(answer.body?.['meta']).toEqual({
      api_version: { version: '1' },
      billed_units: { search_units: 1 },
    });
  });

  it('takes objects with a text, and gives them back whole when asked', async () => {
    const documents = [{ text: 'a river', id: '7' }, 'the capital'];
    const answer = await v1({ documents, return_documents: true });
    expect(results(answer).map(({ document }) => document)).toEqual([
      { text: 'the capital' },
      { text: 'a river', id: '7' },
    ]);
    expect(results(await v1({ documents }))[0]).not.toHaveProperty('document');
  });

  it('ranks by rank_fields only', async () => {
    const documents = [
      { title: 'river', body: 'capital' },
      { title: 'capital', body: 'river' },
    ];
    const first = async (rank_fields: readonly string[]) =>
      results(await v1({ documents, rank_fields }))[0]?.index;
    expect(await first(['title'])).toBe(1);
    expect(await first(['body'])).toBe(0);
  });

  it('reads max_chunks_per_doc chunks of a document', async () => {
    const documents = [`${'filler '.repeat(600)} capital`];
    const score = async (max_chunks_per_doc: number) =>
      results(await v1({ documents, max_chunks_per_doc }))[0]?.relevance_score;
    expect(await score(1)).toBe(1e-8);
    expect(await score(3)).toBeGreaterThan(0.01);
  });

  it('leaves out an unknown field, and names it in X-API-Warning', async () => {
    const documents = ['a river', 'the capital'];
    const answer = await v1({ documents, top_k: 3 });
    expect(answer.status).toBe(200);
    expect(results(answer)).toHaveLength(2);
    expect(answer.headers.get('x-api-warning')).toBe(
      'unknown field: parameter top_k is not a valid field',
    );
    const both = await v1({ documents, top_k: 3, priority: 1 });
    expect(both.headers.get('x-api-warning')).toMatch(/parameter top_k .*, .* parameter priority /);
    expect((await v1({ documents })).headers.has('x-api-warning')).toBe(false);
    expect((await v1({ documents: [], top_k: 3 })).headers.get('x-api-warning')).toContain('top_k');
  });

  it('warns of a field whose name no header can hold, or is longer than any', async () => {
    const documents = ['a river'];
    const warning = async (field: string) =>
      (await v1({ documents, [field]: 1 })).headers.get('x-api-warning');
    expect(await warning('a\r\nset-cookie: b=c €')).toBe(
      'unknown field: parameter a??set-cookie: b=c ? is not a valid field',
    );
    expect((await warning('x'.repeat(100_000)))?.length).toBeLessThan(1_000);
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`field${at}`, at]));
    const answer = await v1({ documents, ...many });
    expect(answer.headers.get('x-api-warning')?.length).toBeLessThan(4_000);
  });

  it.each([
    ['no text', { documents: [{ title: 'a' }] }, /^document does not have a 'snippet' or a 'text'/],
    ['empty rank_fields', { documents: ['a'], rank_fields: [] }, /rank_fields cannot be empty/],
    ['1,001 documents of 10 chunks', { documents: Array(1_001).fill('a') }, /less than 10000$/],
    ['an empty field', { documents: [{ text: '' }] }, /document at index 0 cannot be empty$/],
    ['a number', { documents: [1] }, /documents must be a list of strings or objects$/],
  ])('refuses %s', async (_name, body, expected) => {
    const answer = await v1(body);
    expect(answer.status).toBe(400);
    expect(message(answer)).toMatch(expected);
  });
});
