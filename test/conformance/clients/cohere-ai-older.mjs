import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { errorChecks } from '../support/cohere-ai-errors.mjs';
import { DOCUMENTS, ORDER, QUERY } from '../support/documents.mjs';

const require = createRequire(import.meta.url);
const MODEL = 'rerank-v3.5';

/** Those that send `return_documents` to `/v2/rerank`; the OpenAPI document has dropped it since. */
const WITH_RETURN_DOCUMENTS = new Set(['cohere-ai-7.14', 'cohere-ai-7.17']);

export default ['cohere-ai-7.14', 'cohere-ai-7.17', 'cohere-ai-7.21', 'cohere-ai-8.0'].map(
  (installedAs) => {
    const sdk = require(installedAs);
    const { version } = require(`./../node_modules/${installedAs}/package.json`);
    const v1 = (emulator, key = emulator.keys.active) =>
      new sdk.CohereClient({ token: key, environment: emulator.url });
    const rerank = (emulator, { key, maxRetries, ...request } = {}) =>
      new sdk.CohereClientV2({
        token: key ?? emulator.keys.active,
        environment: emulator.url,
      }).rerank(
        { model: MODEL, query: QUERY, documents: DOCUMENTS, ...request },
        maxRetries === undefined ? {} : { maxRetries },
      );
    return {
      name: `cohere-ai ${version}`,
      checks: {
        'version 2 ranks': async (emulator) => {
          const { results, meta } = await rerank(emulator, { topN: 2 });
          assert.deepEqual(indexes(results), ORDER.slice(0, 2));
          assert.equal(meta.billedUnits.searchUnits, 1);
        },
        'version 1 ranks, and gives documents back': async (emulator) => {
          const { results } = await v1(emulator).rerank({
            query: QUERY,
            documents: DOCUMENTS.map((text) => ({ text })),
            returnDocuments: true,
          });
          assert.deepEqual(indexes(results), ORDER);
          assert.equal(results[0].document.text, DOCUMENTS[ORDER[0]]);
        },
        'checkApiKey says that a key is valid, and refuses a revoked one': async (emulator) => {
          assert.equal((await v1(emulator).checkApiKey()).valid, true);
          await assert.rejects(
            v1(emulator, emulator.keys.revoked).checkApiKey(),
            sdk.Cohere.UnauthorizedError,
          );
        },
        'models, one and many': async (emulator) => {
          const model = await v1(emulator).models.get(MODEL);
          assert.deepEqual(model.endpoints, ['rerank']);
          assert.equal(model.contextLength, 4_096);
          const { models } = await v1(emulator).models.list({ endpoint: 'rerank' });
          assert.ok(models.some(({ name }) => name === MODEL));
        },
        ...(WITH_RETURN_DOCUMENTS.has(installedAs) ? returnDocumentsChecks(sdk, rerank) : {}),
        ...errorChecks(sdk, rerank),
      },
    };
  },
);

function returnDocumentsChecks(sdk, rerank) {
  return {
    'returnDocuments is refused, as documented': async (emulator) => {
      await assert.rejects(
        rerank(emulator, { returnDocuments: true }),
        sdk.Cohere.UnprocessableEntityError,
      );
    },
    'returnDocuments gives them back with acceptLegacyFields': async (_emulator, start) => {
      const legacy = await start({ acceptLegacyFields: true });
      const { results } = await rerank(legacy, { returnDocuments: true });
      assert.deepEqual(
        results.map(({ document }) => document.text),
        ORDER.map((index) => DOCUMENTS[index]),
      );
    },
  };
}

function indexes(results) {
  return results.map(({ index }) => index);
}
