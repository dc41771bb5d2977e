import { CohereClientV2, CohereError, CohereTimeoutError } from 'cohere-ai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDiagnosis } from '../../../lib/diagnosis/create-diagnosis.js';
import { diagnose } from '../../../lib/diagnosis/diagnose.js';
import { hang, html, json, StubCohere, text, type Answer } from '../../support/stub-cohere.js';
import { CANARY } from './fixtures.js';
import type { DiagnosisCode } from '../../../lib/diagnosis/catalogue.js';
import { createError } from '../../../lib/diagnosis/errors.js';

let stub: StubCohere;
beforeAll(async () => {
  stub = await StubCohere.open();
});
afterAll(() => stub.stop());

function says(status: number, message: string): Answer {
  return json(status, { message });
}

const REQUEST = { model: 'rerank-v5.0-fast', query: 'q', documents: ['d'] };
// The SDK leaves a timer running after a failed fetch; one second is the smallest there is.
const OPTIONS = { maxRetries: 0, timeoutInSeconds: 1 };

/** What the real SDK throws, or what it resolves with where it should have thrown. */
async function thrownBySdk(
  client: Partial<ConstructorParameters<typeof CohereClientV2>[0]> = {},
  call: Parameters<CohereClientV2['rerank']>[1] = {},
  request: typeof REQUEST = REQUEST,
): Promise<unknown> {
  const cohere = new CohereClientV2({ token: () => CANARY, baseUrl: stub.url, ...client });
  try {
    return await cohere.rerank(request, { ...OPTIONS, ...call });
  } catch (error) {
    return error;
  }
}

const ANSWERS: readonly (readonly [string, Answer, DiagnosisCode])[] = [
  ['401', says(401, 'invalid api token'), 'COHERE_API_KEY_REJECTED'],
  ['401 expired', says(401, 'Your API key has expired.'), 'COHERE_API_KEY_EXPIRED'],
  ['401 no key', says(401, 'no api key supplied'), 'COHERE_API_KEY_REJECTED'],
  ['402', says(402, 'add a payment method'), 'COHERE_BILLING_REQUIRED'],
  ['403', says(403, 'no permission'), 'COHERE_API_KEY_FORBIDDEN'],
  ['403 HTML', html(403), 'COHERE_BLOCKED'],
  ['403 without type', text(403, '<!doctype html>403'), 'COHERE_BLOCKED'],
  ['404 model', says(404, "model 'x' not found, make sure"), 'COHERE_MODEL_NOT_FOUND'],
  [
    '404 path',
    text(404, '404 page not found', { 'content-type': 'text/plain' }),
    'COHERE_RESPONSE_INVALID',
  ],
  ['413', says(413, 'too large'), 'COHERE_REQUEST_INVALID'],
  ['422', says(422, "unknown field: parameter 'a'"), 'COHERE_REQUEST_INVALID'],
  ['429 minute', says(429, 'limited to 10 API calls / minute'), 'COHERE_RATE_LIMITED'],
  ['429 month', says(429, 'limited to 1000 API calls / month'), 'COHERE_QUOTA_EXHAUSTED'],
  ['498', says(498, 'invalid token'), 'COHERE_REQUEST_INVALID'],
  ['499', says(499, 'request cancelled'), 'COHERE_UPSTREAM_ERROR'],
  ['500', says(500, 'internal server error'), 'COHERE_UPSTREAM_ERROR'],
  ['501', says(501, 'not implemented'), 'COHERE_UPSTREAM_ERROR'],
  ['503 HTML', html(503), 'COHERE_UPSTREAM_ERROR'],
  ['504', says(504, 'timeout'), 'COHERE_UPSTREAM_ERROR'],
  ['529', says(529, 'overloaded'), 'COHERE_UPSTREAM_ERROR'],
  // The SDK loses the status of these two.
  [
    '401 of cut JSON',
    text(401, '{"message": "in', { 'content-type': 'application/json' }),
    'COHERE_RESPONSE_INVALID',
  ],
  [
    '200 that is empty',
    text(200, '', { 'content-type': 'application/json' }),
    'COHERE_RESPONSE_INVALID',
  ],
];

describe('what the real cohere-ai throws is diagnosed', () => {
  it.each(ANSWERS)('where the response is %s', async (_name, given, code) => {
    stub.script(given);

    expect(diagnose(await thrownBySdk())?.code).toBe(code);
  });

  it('with host, path and status, from the response itself', async () => {
    stub.script(says(401, 'invalid api token'));

    expect(diagnose(await thrownBySdk())?.detail).toBe(
      `${stub.url}/v2/rerank answered 401: invalid api token.`,
    );
  });

  it('without a key that the upstream echoes', async () => {
    stub.script(says(401, `invalid api token: Authorization: Bearer ${CANARY}; ${CANARY}`));

    expect(JSON.stringify(diagnose(await thrownBySdk()))).not.toContain(CANARY);
  });

  it('where it timed out', async () => {
    stub.script(hang);

    expect(diagnose(await thrownBySdk({}, { timeoutInSeconds: 0.02 }))?.code).toBe(
      'COHERE_TIMEOUT',
    );
    expect(
      diagnose(new CohereTimeoutError('Timeout exceeded when calling POST /v2/rerank.'))?.code,
    ).toBe('COHERE_TIMEOUT');
  });

  it('but not if its caller aborted', async () => {
    stub.script(hang);
    const abortSignal = AbortSignal.timeout(20);

    expect(diagnose(await thrownBySdk({}, { abortSignal }))).toBeUndefined();
    expect(diagnose(await thrownBySdk({}, { abortSignal: AbortSignal.abort() }))).toBeUndefined();
  });

  it('where the connection was refused', async () => {
    const diagnosis = diagnose(await thrownBySdk({ baseUrl: 'http://127.0.0.1:1' }));

    expect(diagnosis?.code).toBe('COHERE_UNREACHABLE');
    expect(diagnosis?.detail).toContain('Cohere: ');
  });

  it('where the base URL is not a URL', async () => {
    const diagnosis = diagnose(await thrownBySdk({ baseUrl: `not a url ${CANARY}` }));

    expect(diagnosis?.code).toBe('COHERE_CONFIG_INVALID');
    expect(JSON.stringify(diagnosis)).not.toContain(CANARY);
  });

  it('without a token', async () => {
    const error = await thrownBySdk({ token: () => Reflect.get({}, 'token') });

    expect(diagnose(error)?.code).toBe('COHERE_API_KEY_MISSING');
  });

  it.each([
    ['a line break', `${CANARY}\n${CANARY}`],
    ['a zero byte', `${CANARY}\0`],
    ['a curly quotation mark', `${CANARY}\u2019`],
    ['a control character', `${CANARY}\u0001`],
  ])('where the key has %s, which is not shown', async (_name, key) => {
    const diagnosis = diagnose(await thrownBySdk({ token: () => key }));

    expect(diagnosis?.code).toBe('COHERE_API_KEY_MALFORMED');
    expect(JSON.stringify(diagnosis)).not.toContain(CANARY);
  });

  it('where it refuses the request, by path and not by value', async () => {
    const documents: string[] = [];
    Reflect.set(documents, 0, { secret: CANARY });
    const diagnosis = diagnose(await thrownBySdk({}, {}, { ...REQUEST, documents }));

    expect(diagnosis?.code).toBe('COHERE_REQUEST_INVALID');
    expect(diagnosis?.detail).toContain('documents.[0]');
    expect(JSON.stringify(diagnosis)).not.toContain(CANARY);
  });

  it('where an error of ours came through it', () => {
    const ours = createError(createDiagnosis('COHERE_RATE_LIMITED', { detail: 'x' }));

    expect(diagnose(new CohereError({ message: 'unknown', cause: ours }))).toBe(ours.diagnosis);
  });
});

describe('other errors', () => {
  it('our own gives its own diagnosis', () => {
    const error = createError(createDiagnosis('COHERE_TIMEOUT', { detail: 'x' }));

    expect(diagnose(error)).toBe(error.diagnosis);
  });

  it('our own is found behind the errors that wrap it, in a circle too', () => {
    const ours = createError(createDiagnosis('COHERE_TIMEOUT', { detail: 'x' }));
    const inner = new Error('rerank failed', { cause: ours });
    const outer = new Error('search failed', { cause: inner });
    Object.defineProperty(ours, 'cause', { value: outer });

    expect(diagnose(outer)).toBe(ours.diagnosis);
    expect(diagnose(new AggregateError([new Error('x'), inner]))).toBe(ours.diagnosis);
  });

  it('errors that wrap each other without end are not searched without end', () => {
    expect(diagnose(endlesslyWrapped())).toBeUndefined();
  });

  it('one of cohere-ai is found behind an error that wraps it', () => {
    const cause = new CohereError({ message: 'x', statusCode: 429 });

    expect(diagnose(new Error('search failed', { cause }))?.code).toBe('COHERE_RATE_LIMITED');
  });

  it.each([
    [
      'of fetch',
      new TypeError('fetch failed', {
        cause: Object.assign(new Error('x'), { code: 'ENOTFOUND' }),
      }),
    ],
    ['of Node', Object.assign(new Error('x'), { code: 'ECONNREFUSED' })],
  ])('a raw network failure %s is diagnosed', (_name, error) => {
    expect(diagnose(error)?.code).toBe('COHERE_UNREACHABLE');
  });

  it.each([
    ['a plain error', new Error('x')],
    ['an AbortError', new DOMException('x', 'AbortError')],
    ['an axios error', Object.assign(new Error('x'), { isAxiosError: true, code: 'ECONNREFUSED' })],
    ['an object', { statusCode: 401, body: {}, rawResponse: {} }],
    ['a string', 'ECONNREFUSED'],
    ['undefined', undefined],
    ['a forged brand', Object.create({ [Symbol.for('nestjs-cohere.error')]: 'DiagnosedError' })],
  ])('%s is not diagnosed', (_name, error) => {
    expect(diagnose(error)).toBeUndefined();
  });

  it('does not throw for a value whose properties throw', () => {
    const hostile = new Proxy(new CohereError({ statusCode: 401 }), {
      get: () => {
        throw new Error('no');
      },
      getPrototypeOf: () => {
        throw new Error('no');
      },
    });

    expect(() => diagnose(hostile)).not.toThrow();
    expect(diagnose(Object.freeze(new CohereError({ statusCode: 401 })))?.code).toBe(
      'COHERE_API_KEY_REJECTED',
    );
  });
});

function endlesslyWrapped(): Error {
  return Object.defineProperty(new Error('x'), 'cause', { get: endlesslyWrapped });
}
