import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { CohereRerank } from '@llamaindex/cohere';
import { TextNode } from '@llamaindex/core/schema';
import { DOCUMENTS, ORDER, QUERY } from '../support/documents.mjs';

const sdk = createRequire(import.meta.resolve('@llamaindex/cohere'))('cohere-ai');

const NODES = DOCUMENTS.map((text) => ({ node: new TextNode({ text }), score: 0 }));

function reranker(emulator, { key = emulator.keys.active, model = 'rerank-v3.5', topN = 3 } = {}) {
  return new CohereRerank({ apiKey: key, baseUrl: emulator.url, model, topN });
}

const fails = (call, errorClass, message) =>
  assert.rejects(call, (error) => error instanceof errorClass && message.test(error.message));

export default {
  name: '@llamaindex/cohere 0.0.37, CohereRerank',
  checks: {
    'postprocessNodes gives the nodes in their order': async (emulator) => {
      const ranked = await reranker(emulator).postprocessNodes(NODES, QUERY);
      assert.deepEqual(
        ranked.map(({ node }) => node.getText()),
        ORDER.map((index) => DOCUMENTS[index]),
      );
      assert.ok(ranked[0].score > ranked[1].score);
    },
    topN: async (emulator) => {
      const ranked = await reranker(emulator, { topN: 1 }).postprocessNodes(NODES, QUERY);
      assert.equal(ranked.length, 1);
    },
    '401 revoked key': (emulator) =>
      fails(
        reranker(emulator, { key: emulator.keys.revoked }).postprocessNodes(NODES, QUERY),
        sdk.Cohere.UnauthorizedError,
        /invalid api token/,
      ),
    '404 of its own default model, which Cohere has removed': (emulator) =>
      fails(
        new CohereRerank({ apiKey: emulator.keys.active, baseUrl: emulator.url }).postprocessNodes(
          NODES,
          QUERY,
        ),
        sdk.Cohere.NotFoundError,
        /was removed on April 30, 2025/,
      ),
    '400 blank query': (emulator) =>
      fails(
        reranker(emulator).postprocessNodes(NODES, ' '),
        sdk.Cohere.BadRequestError,
        /query must not be empty/,
      ),
    '429, after its retries': async (emulator) => {
      emulator.fail({ kind: 'status', status: 429, retryAfter: 1 }, { times: 3 });
      await fails(
        reranker(emulator).postprocessNodes(NODES, QUERY),
        sdk.Cohere.TooManyRequestsError,
        /past the per minute request limit/,
      );
      assert.equal(emulator.counters.requests, 3);
    },
  },
};
