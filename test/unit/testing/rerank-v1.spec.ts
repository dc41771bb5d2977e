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
    expect(results(await v1({ documents, max_chunks_per_doc: 1 }))[0]?.relevance_score).toBe(0);
    expect(
      results(await v1({ documents, max_chunks_per_doc: 3 }))[0]?.relevance_score,
    ).toBeGreaterThan(0);
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
