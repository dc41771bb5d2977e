import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { ask, checkKey, rerank, type EmulatorAnswer } from './support/ask.js';
import {
  CHECK_API_KEY,
  ERROR,
  GET_MODEL,
  LIST_MODELS,
  RERANK_V1,
  RERANK_V2,
  UNAUTHORIZED,
} from './support/openapi-schemas.js';
import { useEmulator } from './support/use-emulator.js';

const emulator = useEmulator();
const ajv = new Ajv({
  strict: true,
  allowUnionTypes: true,
  formats: { uri: (text: string) => URL.canParse(text) },
});

describe("a response has the shape of Cohere's OpenAPI document", () => {
  it.each([
    ['a rerank of strings', {}],
    ['a rerank with top_n', { top_n: 1 }],
    [
      'a rerank with spans',
      { relevant_spans: { threshold: 0 }, documents: ['A capital. A river.'] },
    ],
    ['a rerank by a model that bills no tokens', { model: 'rerank-v3.5' }],
    ['a rerank of what has nothing in common', { query: 'zebra' }],
    ['a rerank of a query without a word', { query: '?' }],
  ])('%s', async (_name, body) => {
    expectShape(await rerank(emulator.current, body), 200, RERANK_V2);
  });

  it.each([
    ['a rerank of version 1', {}],
    ['with the documents', { documents: [{ text: 'a', id: 7 }, 'b'], return_documents: true }],
    [
      'with the documents, by rank_fields',
      { documents: [{ text: 'a', t: 'b' }], rank_fields: ['t'], return_documents: true },
    ],
    ['with an unknown field', { top_k: 1 }],
  ])('%s', async (_name, body) => {
    const wanted = { query: 'capital', documents: ['the capital', 'a river'], ...body };
    expectShape(await ask(emulator.current, '/v1/rerank', { body: wanted }), 200, RERANK_V1);
  });

  it('a key check, with either answer', async () => {
    expectShape(await checkKey(emulator.current, emulator.current.keys.active), 200, CHECK_API_KEY);
    const polite = await emulator.start({ invalidKeyAnswer: 'valid-false' });
    expectShape(await checkKey(polite, polite.keys.revoked), 200, CHECK_API_KEY);
  });

  it('models, one and many', async () => {
    const list = await ask(emulator.current, '/v1/models?page_size=1000');
    expectShape(list, 200, LIST_MODELS);
    expectShape(await ask(emulator.current, '/v1/models?page_size=2'), 200, LIST_MODELS);
    expectShape(await ask(emulator.current, '/v1/models/rerank-v3.5'), 200, GET_MODEL);
    const extra = await emulator.start({ models: ['rerank-of-ours'] });
    expectShape(await ask(extra, '/v1/models/rerank-of-ours'), 200, GET_MODEL);
  });

  it.each([
    ['expired', 401],
    ['revoked', 401],
    ['noRerank', 403],
    ['unpaid', 402],
  ] as const)('the error for a key that is %s', async (name, status) => {
    const answer = await rerank(emulator.current, {}, { key: emulator.current.keys[name] });
    expectShape(answer, status, status === 401 ? UNAUTHORIZED : ERROR);
  });

  it.each([400, 401, 402, 403, 404, 408, 422, 429, 498, 499, 500, 501, 502, 503, 504])(
    'the error of status %i as a fault',
    async (status) => {
      emulator.current.fail({ kind: 'status', status });
      const answer = await rerank(emulator.current);
      expectShape(answer, status, status === 401 ? UNAUTHORIZED : ERROR);
      expect(Object.hasOwn(answer.body ?? {}, 'id')).toBe(status !== 401);
    },
  );

  it('the error for no key, a request that is wrong, a model and a page that do not exist', async () => {
    expectShape(await rerank(emulator.current, {}, { key: null }), 401, UNAUTHORIZED);
    expectShape(await rerank(emulator.current, { query: '' }), 400, ERROR);
    expectShape(await rerank(emulator.current, { top_k: 1 }), 422, ERROR);
    expectShape(await rerank(emulator.current, { model: 'rerank-v9' }), 404, ERROR);
    expectShape(await ask(emulator.current, '/v1/chat'), 404, ERROR);
  });
});

function expectShape(answer: EmulatorAnswer, status: number, schema: object): void {
  expect([answer.status, answer.text]).toEqual([status, expect.any(String)]);
  const validate = ajv.compile(schema);
  validate(answer.body);
  expect(validate.errors ?? []).toEqual([]);
}
