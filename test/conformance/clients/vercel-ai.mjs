import assert from 'node:assert/strict';
import { createCohere } from '@ai-sdk/cohere';
import { APICallError, rerank, RetryError } from 'ai';
import { DOCUMENTS, ORDER, QUERY } from '../support/documents.mjs';

function ask(emulator, { key = emulator.keys.active, model = 'rerank-v3.5', ...options } = {}) {
  const cohere = createCohere({ apiKey: key, baseURL: `${emulator.url}/v2` });
  return rerank({
    model: cohere.reranking(model),
    documents: DOCUMENTS,
    query: QUERY,
    maxRetries: 0,
    ...options,
  });
}

const fails = (call, statusCode, message) =>
  assert.rejects(call, (error) => {
    assert.ok(APICallError.isInstance(error), String(error));
    assert.equal(error.statusCode, statusCode);
    // The provider reads the message out of Cohere's error body.
    assert.match(error.message, message);
    return true;
  });

export default {
  name: 'ai 6.0.326 with @ai-sdk/cohere 3.0.63, rerank',
  checks: {
    'rerank ranks': async (emulator) => {
      const { ranking, rerankedDocuments } = await ask(emulator);
      assert.deepEqual(
        ranking.map(({ originalIndex }) => originalIndex),
        ORDER,
      );
      assert.equal(rerankedDocuments[0], DOCUMENTS[ORDER[0]]);
    },
    'rerank of objects, with topN and the options of the provider': async (emulator) => {
      const { ranking } = await ask(emulator, {
        documents: DOCUMENTS.map((text) => ({ text })),
        topN: 1,
        providerOptions: { cohere: { maxTokensPerDoc: 100, priority: 2 } },
      });
      assert.deepEqual(
        ranking.map(({ originalIndex }) => originalIndex),
        ORDER.slice(0, 1),
      );
      assert.equal(emulator.requests[0].body.priority, 2);
    },
    '400 blank query': (emulator) =>
      fails(ask(emulator, { query: ' ' }), 400, /query must not be empty/),
    '401 revoked key': (emulator) =>
      fails(ask(emulator, { key: emulator.keys.revoked }), 401, /^invalid api token$/),
    '401 expired key': (emulator) =>
      fails(ask(emulator, { key: emulator.keys.expired }), 401, /Your API key has expired/),
    '403 no permission': (emulator) =>
      fails(ask(emulator, { key: emulator.keys.noRerank }), 403, /necessary permissions/),
    '404 unknown model': (emulator) =>
      fails(ask(emulator, { model: 'rerank-v9' }), 404, /model 'rerank-v9' not found/),
    '404 wrong base URL': async (emulator) => {
      const cohere = createCohere({ apiKey: emulator.keys.active, baseURL: emulator.url });
      const model = cohere.reranking('rerank-v3.5');
      const call = rerank({ model, documents: DOCUMENTS, query: QUERY, maxRetries: 0 });
      await fails(call, 404, /404 page not found/);
    },
    '429 trial key': async (emulator) => {
      const key = emulator.keys.trial;
      for (let calls = 0; calls < 10; calls += 1) {
        await ask(emulator, { key });
      }
      await fails(ask(emulator, { key }), 429, /10 API calls \/ minute/);
    },
    '503, until its retries succeed': async (emulator) => {
      emulator.fail({ kind: 'status', status: 503, retryAfter: 0 });
      await ask(emulator, { maxRetries: 1 });
      assert.deepEqual(emulator.counters.byStatus, { 200: 1, 503: 1 });
    },
    '503, and its retries in vain': async (emulator) => {
      emulator.fail({ kind: 'status', status: 503, retryAfter: 0 }, { times: Infinity });
      await assert.rejects(ask(emulator, { maxRetries: 1 }), (error) =>
        RetryError.isInstance(error),
      );
    },
    'a body that is no JSON': async (emulator) => {
      emulator.fail({ kind: 'non-json' });
      await assert.rejects(ask(emulator), (error) => APICallError.isInstance(error));
    },
  },
};
