import assert from 'node:assert/strict';
import * as sdk from 'cohere-ai';
import { errorChecks } from '../support/cohere-ai-errors.mjs';
import { DOCUMENTS, ORDER, QUERY } from '../support/documents.mjs';

const client = (emulator, key = emulator.keys.active) =>
  new sdk.CohereClientV2({ token: key, environment: emulator.url });

function rerank(emulator, { key, maxRetries, ...request } = {}) {
  return client(emulator, key).rerank(
    { model: 'rerank-v5.0-fast', query: QUERY, documents: DOCUMENTS, ...request },
    maxRetries === undefined ? {} : { maxRetries },
  );
}

export default {
  name: 'cohere-ai 8.1.0, CohereClientV2',
  checks: {
    'rerank ranks, and bills search units and input tokens': async (emulator) => {
      const { results, meta } = await rerank(emulator);
      assert.deepEqual(
        results.map(({ index }) => index),
        ORDER,
      );
      assert.ok(results[0].relevanceScore > results[1].relevanceScore);
      assert.equal(meta.apiVersion.version, '2');
      assert.equal(meta.billedUnits.searchUnits, 1);
      assert.ok(meta.billedUnits.inputTokens > 0);
    },
    'rerank with topN, maxTokensPerDoc and priority': async (emulator) => {
      const { results } = await rerank(emulator, { topN: 1, maxTokensPerDoc: 64, priority: 1 });
      assert.deepEqual(
        results.map(({ index }) => index),
        ORDER.slice(0, 1),
      );
    },
    'relevant_spans pass through': async (emulator) => {
      const { results } = await rerank(emulator, { topN: 1, relevant_spans: { max_spans: 1 } });
      const [{ start, end }] = results[0].relevant_spans;
      assert.equal(DOCUMENTS[1].slice(start, end), DOCUMENTS[1]);
    },
    'withRawResponse has the headers': async (emulator) => {
      const { rawResponse } = await client(emulator)
        .rerank({ model: 'rerank-v3.5', query: QUERY, documents: DOCUMENTS })
        .withRawResponse();
      assert.match(rawResponse.headers.get('x-debug-trace-id'), /^[0-9a-f]{32}$/);
    },
    '422 unknown field': async (emulator) => {
      await assert.rejects(rerank(emulator, { top_k: 1 }), sdk.Cohere.UnprocessableEntityError);
    },
    ...errorChecks(sdk, rerank),
  },
};
