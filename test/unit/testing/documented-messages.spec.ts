import { RERANK } from '../../../lib/rerank/rerank-operation.js';
import { describe, expect, it } from 'vitest';
import type { CohereEmulator, EmulatorFault } from 'nestjs-cohere/testing';
import { classifyResponse } from '../../../lib/diagnosis/classify-response.js';
import type { DiagnosisCode } from 'nestjs-cohere';
import { ask, checkKey, message, rerank, type EmulatorAnswer } from './support/ask.js';
import { useEmulator } from './support/use-emulator.js';

const emulator = useEmulator();

type Produce = (target: CohereEmulator) => Promise<EmulatorAnswer>;

const request =
  (body: Readonly<Record<string, unknown>>): Produce =>
  (target) =>
    rerank(target, body);

const withKey =
  (name: keyof CohereEmulator['keys']): Produce =>
  (target) =>
    rerank(target, {}, { key: target.keys[name] });

/** A text that needs more than one request, or an endpoint the emulator does not have. */
const fault =
  (wanted: EmulatorFault): Produce =>
  (target) => {
    target.fail(wanted);
    return rerank(target);
  };

const says = (status: number, text: string): Produce =>
  fault({ kind: 'status', status, message: text });

const ROWS: readonly (readonly [string, number, Produce, DiagnosisCode])[] = [
  // https://docs.cohere.com/reference/errors
  [
    'invalid request: list of documents must not be empty',
    400,
    request({ documents: [] }),
    'COHERE_REQUEST_INVALID',
  ],
  [
    'invalid request: document at index 0 cannot be empty',
    400,
    request({ documents: [''] }),
    'COHERE_REQUEST_INVALID',
  ],
  [
    'invalid request: query must not be empty or be only whitespace',
    400,
    request({ query: ' ' }),
    'COHERE_REQUEST_INVALID',
  ],
  [
    'a model parameter is required for this endpoint.',
    400,
    request({ model: null }),
    'COHERE_REQUEST_INVALID',
  ],
  [
    'invalid request: number of total max chunks (number of documents * max chunks per doc) must be less than 10000',
    400,
    request({ documents: Array(10_001).fill('a') }),
    'COHERE_REQUEST_INVALID',
  ],
  [
    `invalid request: model 'embed-v4.0' is not supported by the rerank API`,
    400,
    request({ model: 'embed-v4.0' }),
    'COHERE_MODEL_NOT_FOUND',
  ],
  [
    'invalid request: rank_fields cannot be empty, it must either contain at least one field or be omitted',
    400,
    (target) =>
      ask(target, '/v1/rerank', { body: { query: 'q', documents: ['a'], rank_fields: [] } }),
    'COHERE_REQUEST_INVALID',
  ],
  [
    `document does not have a 'snippet' or a 'text' field that can be used for chunking and reranking`,
    400,
    (target) => ask(target, '/v1/rerank', { body: { query: 'q', documents: [{}] } }),
    'COHERE_REQUEST_INVALID',
  ],
  [
    'invalid json syntax: ',
    400,
    (target) => ask(target, '/v2/rerank', { body: '{' }),
    'COHERE_REQUEST_INVALID',
  ],
  [
    'too many tokens: size limit exceeded by 11326 tokens. Try using shorter or fewer inputs.',
    400,
    says(
      400,
      'too many tokens: size limit exceeded by 11326 tokens. Try using shorter or fewer inputs.',
    ),
    'COHERE_REQUEST_INVALID',
  ],
  ['no api key supplied', 401, (target) => checkKey(target, null), 'COHERE_API_KEY_REJECTED'],
  ['invalid api token', 401, withKey('revoked'), 'COHERE_API_KEY_REJECTED'],
  [
    'Your API key has expired. Please create a production key at dashboard.cohere.com or reach out to your contact at Cohere to continue usage.',
    401,
    withKey('expired'),
    'COHERE_API_KEY_EXPIRED',
  ],
  [
    'Please add or update your payment method at https://dashboard.cohere.com/billing?tab=payment to continue',
    402,
    withKey('unpaid'),
    'COHERE_BILLING_REQUIRED',
  ],
  [
    'Maximum billing reached for this API key as set in your dashboard',
    402,
    says(
      402,
      'Maximum billing reached for this API key as set in your dashboard, please go to https://dashboard.cohere.com/billing?tab=payment',
    ),
    'COHERE_BILLING_REQUIRED',
  ],
  [
    'user does not have the necessary permissions',
    403,
    withKey('noRerank'),
    'COHERE_API_KEY_FORBIDDEN',
  ],
  [
    `model 'xyz' not found, make sure the correct model ID was used and that you have access to the model.`,
    404,
    request({ model: 'xyz' }),
    'COHERE_MODEL_NOT_FOUND',
  ],
  [
    '404 page not found',
    404,
    (target) => ask(target, '/v2/v2/rerank', { method: 'POST' }),
    'COHERE_RESPONSE_INVALID',
  ],
  [
    'finetuned model xyz not found',
    404,
    says(404, 'finetuned model xyz not found'),
    'COHERE_MODEL_NOT_FOUND',
  ],
  [
    'You are past the per minute request limit, please wait and try again later.',
    429,
    fault({ kind: 'status', status: 429 }),
    'COHERE_RATE_LIMITED',
  ],
  [
    'You are using a Trial key, which is limited to 10 API calls / minute. You can continue to use the Trial key',
    429,
    async (target) => {
      await Promise.all(Array.from({ length: 10 }, () => withKey('trial')(target)));
      return withKey('trial')(target);
    },
    'COHERE_RATE_LIMITED',
  ],
  [
    'Please wait and try again later',
    429,
    says(429, 'Please wait and try again later'),
    'COHERE_RATE_LIMITED',
  ],
  [
    'trial token rate limit exceeded, limit is 100000 tokens per minute',
    429,
    says(429, 'trial token rate limit exceeded, limit is 100000 tokens per minute'),
    'COHERE_RATE_LIMITED',
  ],
  ['request cancelled', 499, fault({ kind: 'status', status: 499 }), 'COHERE_UPSTREAM_ERROR'],
  [
    'failed to get rerank inference: request cancelled',
    499,
    says(499, 'failed to get rerank inference: request cancelled'),
    'COHERE_UPSTREAM_ERROR',
  ],
  // Reported by users of Cohere
  [
    'You are using a Trial key, which is limited to 1000 API calls / month',
    429,
    says(429, 'You are using a Trial key, which is limited to 1000 API calls / month'),
    'COHERE_QUOTA_EXHAUSTED',
  ],
  [
    `model 'command-r-plus' was removed on September 15, 2025. See https://docs.cohere.com/docs/models`,
    404,
    request({ model: 'command-r-plus' }),
    'COHERE_MODEL_NOT_FOUND',
  ],
  [
    `unknown field: parameter 'top_k' is not a valid field. For proper usage, please refer to https://docs.cohere.com/reference/rerank`,
    422,
    request({ top_k: 1 }),
    'COHERE_REQUEST_INVALID',
  ],
  [
    'internal server error, this has been reported to our developers.',
    500,
    fault({ kind: 'status', status: 500 }),
    'COHERE_UPSTREAM_ERROR',
  ],
];

describe('a message that Cohere documents, or that its users report', () => {
  it.each(ROWS)('%s', async (text, status, produce, code) => {
    const answer = await produce(emulator.current);
    expect(answer.status).toBe(status);
    expect(message(answer)).toEqual(expect.stringContaining(text));
    expect(classify(answer).code).toBe(code);
  });

  it('a 403 page of the edge says nothing about the key', async () => {
    emulator.current.fail({ kind: 'html' });
    expect(classify(await rerank(emulator.current)).code).toBe('COHERE_BLOCKED');
  });

  it.each([408, 413, 498, 501, 502, 503, 504])(
    'status %d has a text of its own',
    async (status) => {
      const answer = await fault({ kind: 'status', status })(emulator.current);
      expect(message(answer)).not.toBe(`status ${status}`);
      expect(classify(answer).upstream).toMatchObject({ status, requestId: expect.any(String) });
    },
  );
});

function classify(answer: EmulatorAnswer) {
  return classifyResponse(
    { status: answer.status, headers: Object.fromEntries(answer.headers), body: answer.text },
    { baseUrl: emulator.current.url, operation: RERANK, key: KEY },
  );
}

const KEY = { name: 'COHERE_API_KEY', length: 40, fingerprint: 'sha256:00000000' };
