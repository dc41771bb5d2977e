import { describe, expect, it } from 'vitest';
import { ask, message, MODEL, rerank } from './support/ask.js';
import { useEmulator } from './support/use-emulator.js';

const emulator = useEmulator();

describe('a request Cohere refuses', () => {
  it.each<[string, Record<string, unknown>, number, unknown]>([
    [
      'no documents',
      { documents: [] },
      400,
      'invalid request: list of documents must not be empty',
    ],
    [
      'documents left out',
      { documents: null },
      400,
      'invalid request: list of documents must not be empty',
    ],
    [
      'an empty document',
      { documents: ['a', ''] },
      400,
      'invalid request: document at index 1 cannot be empty',
    ],
    [
      'a blank document',
      { documents: [' \n'] },
      400,
      'invalid request: document at index 0 cannot be empty',
    ],
    [
      'an empty query',
      { query: '' },
      400,
      'invalid request: query must not be empty or be only whitespace',
    ],
    [
      'a blank query',
      { query: ' \t' },
      400,
      'invalid request: query must not be empty or be only whitespace',
    ],
    ['no model', { model: null }, 400, 'a model parameter is required for this endpoint.'],
    ['an empty model', { model: '' }, 400, 'a model parameter is required for this endpoint.'],
    [
      '10,001 documents',
      { documents: Array(10_001).fill('a') },
      400,
      expect.stringMatching(
        /^invalid request: number of total max chunks .* must be less than 10000$/,
      ),
    ],
    [
      'a chat model',
      { model: 'command-a-03-2025' },
      400,
      `invalid request: model 'command-a-03-2025' is not supported by the rerank API`,
    ],
    [
      'an unknown model',
      { model: 'rerank-v9' },
      404,
      `model 'rerank-v9' not found, make sure the correct model ID was used and that you have access to the model.`,
    ],
    [
      'a removed model',
      { model: 'command-r-plus' },
      404,
      expect.stringMatching(
        /^model 'command-r-plus' was removed on September 15, 2025\. See https:\/\/docs\.cohere\.com\/docs\/models/,
      ),
    ],
    [
      'an unknown field',
      { top_k: 3 },
      422,
      `unknown field: parameter 'top_k' is not a valid field. For proper usage, please refer to https://docs.cohere.com/reference/rerank`,
    ],
    ['top_n 0', { top_n: 0 }, 400, 'invalid request: top_n must be an integer of at least 1'],
    ['top_n 1.5', { top_n: 1.5 }, 400, 'invalid request: top_n must be an integer of at least 1'],
    [
      'top_n as text',
      { top_n: '3' },
      400,
      'invalid request: top_n must be an integer of at least 1',
    ],
    [
      'priority 1000',
      { priority: 1_000 },
      400,
      'invalid request: priority must be an integer between 0 and 999',
    ],
    [
      'max_tokens_per_doc 0',
      { max_tokens_per_doc: 0 },
      400,
      'invalid request: max_tokens_per_doc must be an integer of at least 1',
    ],
    [
      'a document that is no text',
      { documents: [1] },
      400,
      'invalid request: documents must be a list of strings',
    ],
    [
      'documents that are no list',
      { documents: 'a' },
      400,
      'invalid request: documents must be a list',
    ],
    ['a query that is no text', { query: 1 }, 400, 'invalid request: query must be a string'],
    [
      'a threshold over 1',
      { relevant_spans: { threshold: 2 } },
      400,
      'invalid request: threshold must be a number between 0 and 1',
    ],
    [
      'relevant_spans: true',
      { relevant_spans: true },
      400,
      'invalid request: relevant_spans must be an object',
    ],
    [
      'spans of an older model',
      { model: 'rerank-v3.5', relevant_spans: {} },
      400,
      `invalid request: relevant_spans is not supported by model 'rerank-v3.5'`,
    ],
  ])('%s', async (_name, body, status, expected) => {
    const answer = await rerank(emulator.current, body);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({ id: expect.any(String), message: expect.any(String) });
    expect(message(answer)).toEqual(expected);
  });

  it.each([
    ['cut short', '{"query":'],
    ['empty', ''],
    ['a list', '[]'],
    ['a text', '"query"'],
  ])('a body that is %s', async (_name, body) => {
    const answer = await ask(emulator.current, '/v2/rerank', { method: 'POST', body });
    expect(answer.status).toBe(400);
    expect(message(answer)).toMatch(/^invalid json syntax: ./);
  });

  it('another content type than JSON', async () => {
    const headers = { 'content-type': 'text/plain' };
    expect((await rerank(emulator.current, {}, { headers })).status).toBe(400);
    const charset = { 'content-type': 'application/json; charset=utf-8' };
    expect((await rerank(emulator.current, {}, { headers: charset })).status).toBe(200);
  });

  it.each([
    ['GET', '/v2/rerank'],
    ['GET', '/v1/check-api-key'],
    ['POST', '/v1/models'],
    ['DELETE', `/v1/models/${MODEL}`],
  ])('%s %s', async (method, path) => {
    expect((await ask(emulator.current, path, { method })).status).toBe(405);
  });

  it.each(['/', '/rerank', '/v1/v2/rerank', '/v2/rerank/', '/v1/models/a/b', '/v2/chat'])(
    'the path %s',
    async (path) => {
      const answer = await ask(emulator.current, path, { method: 'POST' });
      expect(answer.status).toBe(404);
      expect(message(answer)).toBe('404 page not found');
    },
  );
});

describe('the order of checks', () => {
  it('the key before the request', async () => {
    const revoked = { key: emulator.current.keys.revoked };
    expect((await rerank(emulator.current, { documents: [] }, revoked)).status).toBe(401);
  });

  it('the path, before the key', async () => {
    const answer = await ask(emulator.current, '/nowhere', { key: emulator.current.keys.revoked });
    expect(answer.status).toBe(404);
  });
});
