import assert from 'node:assert/strict';
import * as sdk from 'cohere-ai';
import { errorChecks } from '../support/cohere-ai-errors.mjs';
import { DOCUMENTS, ORDER, QUERY } from '../support/documents.mjs';

const client = (emulator, key = emulator.keys.active) =>
  new sdk.CohereClient({ token: key, environment: emulator.url });

function rerank(emulator, { key, maxRetries, ...request } = {}) {
  return client(emulator, key).rerank(
    { model: 'rerank-v3.5', query: QUERY, documents: DOCUMENTS, ...request },
    maxRetries === undefined ? {} : { maxRetries },
  );
}

export default {
  name: 'cohere-ai 8.1.0, CohereClient (version 1 of the API)',
  checks: {
    'rerank ranks': async (emulator) => {
      const { results, meta, id } = await rerank(emulator);
      assert.deepEqual(
        results.map(({ index }) => index),
        ORDER,
      );
      assert.equal(meta.apiVersion.version, '1');
      assert.equal(meta.billedUnits.searchUnits, 1);
      assert.match(id, /^[0-9a-f-]{36}$/);
    },
    'rerank of objects by rankFields, with their documents': async (emulator) => {
      const { results } = await rerank(emulator, {
        documents: DOCUMENTS.map((text, index) => ({ title: text, number: String(index) })),
        rankFields: ['title'],
        returnDocuments: true,
        maxChunksPerDoc: 2,
        topN: 1,
      });
      assert.equal(results.length, 1);
      assert.equal(results[0].document.number, '1');
    },
    'checkApiKey says valid': async (emulator) => {
      const answer = await client(emulator).checkApiKey();
      assert.equal(answer.valid, true);
      assert.equal(typeof answer.organizationId, 'string');
    },
    'checkApiKey of a revoked key': async (emulator) => {
      await assert.rejects(
        client(emulator, emulator.keys.revoked).checkApiKey(),
        sdk.Cohere.UnauthorizedError,
      );
    },
    'models.list, all pages': async (emulator) => {
      const { models } = client(emulator);
      const all = await models.list({ endpoint: 'rerank' });
      const names = all.models.map(({ name }) => name);
      assert.ok(names.includes('rerank-v5.0-fast'));
      const first = await models.list({ endpoint: 'rerank', pageSize: 2 });
      const second = await models.list({
        endpoint: 'rerank',
        pageSize: 2,
        pageToken: first.nextPageToken,
      });
      const paged = [...first.models, ...second.models].map(({ name }) => name);
      assert.deepEqual(paged, names.slice(0, 4));
    },
    'models.get': async (emulator) => {
      const model = await client(emulator).models.get('rerank-v4.0-pro');
      assert.deepEqual(model.endpoints, ['rerank']);
      assert.equal(model.contextLength, 32_768);
      await assert.rejects(client(emulator).models.get('nothing'), sdk.Cohere.NotFoundError);
    },
    ...errorChecks(sdk, rerank),
  },
};
