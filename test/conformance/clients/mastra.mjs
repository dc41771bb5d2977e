import assert from 'node:assert/strict';
import { CohereRelevanceScorer, rerankWithScorer } from '@mastra/rag';
import { DOCUMENTS, ORDER, QUERY } from '../support/documents.mjs';

const scorer = (key) => new CohereRelevanceScorer('rerank-v3.5', key);

export default {
  name: '@mastra/rag 1.3.6, CohereRelevanceScorer',
  checks: {
    'getRelevanceScore scores one text': through(async ({ keys }) => {
      const scores = await Promise.all(
        DOCUMENTS.map((text) => scorer(keys.active).getRelevanceScore(QUERY, text)),
      );
      assert.ok(scores[1] > scores[2] && scores[2] > scores[0]);
    }),
    'getRelevanceScore takes a text that has nothing in common for no error': through(
      async ({ keys }) => {
        assert.ok((await scorer(keys.active).getRelevanceScore('zebra', 'a river')) > 0);
      },
    ),
    'rerankWithScorer ranks': through(async ({ keys }) => {
      const ranked = await rerankWithScorer({
        results: DOCUMENTS.map((text, index) => ({
          id: String(index),
          score: 0.5,
          metadata: { text },
        })),
        query: QUERY,
        scorer: scorer(keys.active),
        options: { weights: { semantic: 1, vector: 0, position: 0 }, topK: 3 },
      });
      assert.deepEqual(
        ranked.map(({ result }) => Number(result.id)),
        ORDER,
      );
    }),
    '401 expired key': through(async ({ keys }) => {
      await assert.rejects(
        scorer(keys.expired).getRelevanceScore(QUERY, 'a'),
        /Cohere API error: 401 .*Your API key has expired/,
      );
    }),
    '403 no permission': through(async ({ keys }) => {
      await assert.rejects(
        scorer(keys.noRerank).getRelevanceScore(QUERY, 'a'),
        /Cohere API error: 403 .*necessary permissions/,
      );
    }),
    'a response without a score': through(async (emulator) => {
      emulator.fail({ kind: 'wrong-shape', shape: 'missing-score' });
      await assert.rejects(
        scorer(emulator.keys.active).getRelevanceScore(QUERY, 'a'),
        /No relevance score found/,
      );
    }),
  },
};

/** Its address is written down in the client: what goes there goes to the emulator, and nothing else leaves. */
function through(check) {
  return async (emulator) => {
    const realFetch = globalThis.fetch;
    globalThis.fetch = (address, init) => {
      const { origin, pathname } = new URL(address);
      assert.equal(origin, 'https://api.cohere.com');
      return realFetch(`${emulator.url}${pathname}`, init);
    };
    try {
      await check(emulator);
    } finally {
      globalThis.fetch = realFetch;
    }
  };
}
