import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { CohereRerank } from '@langchain/cohere';
import { Document } from '@langchain/core/documents';
import { errorChecks } from '../support/cohere-ai-errors.mjs';
import { DOCUMENTS, ORDER, QUERY } from '../support/documents.mjs';

// CohereRerank takes no base URL, but a client; this is the version of the SDK it comes with.
const sdk = createRequire(import.meta.resolve('@langchain/cohere'))('cohere-ai');

function reranker(
  emulator,
  { key = emulator.keys.active, model = 'rerank-v3.5', maxRetries } = {},
) {
  const client = new sdk.CohereClient({
    token: key,
    environment: emulator.url,
    ...(maxRetries === undefined ? {} : { maxRetries }),
  });
  return new CohereRerank({ client, model });
}

const rerank = (emulator, { documents = DOCUMENTS, query = QUERY, ...options } = {}) =>
  reranker(emulator, options).rerank(documents, query);

export default {
  name: '@langchain/cohere 1.0.5, CohereRerank',
  checks: {
    'rerank ranks': async (emulator) => {
      const ranked = await rerank(emulator);
      assert.deepEqual(
        ranked.map(({ index }) => index),
        ORDER,
      );
    },
    'rerank keeps topN and maxChunksPerDoc': async (emulator) => {
      const ranked = await reranker(emulator).rerank(DOCUMENTS, QUERY, {
        topN: 2,
        maxChunksPerDoc: 1,
      });
      assert.equal(ranked.length, 2);
    },
    'compressDocuments gives the documents in their order': async (emulator) => {
      const documents = DOCUMENTS.map((pageContent) => new Document({ pageContent }));
      const ranked = await reranker(emulator).compressDocuments(documents, QUERY);
      assert.equal(ranked[0].pageContent, DOCUMENTS[ORDER[0]]);
      assert.ok(ranked[0].metadata.relevanceScore > 0.5);
    },
    ...errorChecks(sdk, rerank),
  },
};
