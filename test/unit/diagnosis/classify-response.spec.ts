import { describe, expect, it } from 'vitest';
import {
  classifyResponse,
  diagnoseInvalidKey,
  diagnoseInvalidResponse,
} from '../../../lib/diagnosis/classify-response.js';
import type { DiagnosisCode } from '../../../lib/diagnosis/diagnosis-code.js';
import { isKeyVerdict } from '../../../lib/diagnosis/is-key-verdict.js';
import type {
  ReceivedResponse,
  RequestContext,
} from '../../../lib/diagnosis/request-context.interface.js';
import { RESPONSE_RULES } from '../../../lib/diagnosis/response-rules/response-rules.js';
import { CANARY, CHECK_KEY, html, json, MODEL, RERANK, text } from './fixtures.js';

interface Row {
  readonly response: ReceivedResponse;
  readonly code: DiagnosisCode;
  readonly context?: RequestContext;
  /** A word of the first step of the fix, or of the title. */
  readonly names?: RegExp;
  readonly retryable?: boolean;
  readonly httpStatus?: number;
}

const TRIAL_MINUTE =
  "You are using a Trial key, which is limited to 40 API calls / minute. You can continue to use the Trial key for free or upgrade to a Production key with higher rate limits at 'https://dashboard.cohere.com/api-keys'. Contact us on 'https://discord.gg/XW44jPfYJu' or email us at support@cohere.com with any questions";
const NO_KEY: RequestContext = { baseUrl: 'http://rerank.internal:8080', path: '/v2/rerank' };

const KEY_ROWS: readonly Row[] = [
  { response: json(401, 'no api key supplied'), code: 'COHERE_API_KEY_REJECTED', names: /proxy/ },
  {
    response: json(401, 'no api key supplied'),
    context: NO_KEY,
    code: 'COHERE_API_KEY_MISSING',
    names: /Set COHERE_API_KEY/,
  },
  { response: json(401, 'invalid api token'), code: 'COHERE_API_KEY_REJECTED', names: /Compare/ },
  {
    response: json(
      401,
      'Your API key has expired. Please create a production key at dashboard.cohere.com or reach out to your contact at Cohere to continue usage.',
    ),
    code: 'COHERE_API_KEY_EXPIRED',
    names: /production key/,
  },
  {
    response: json(401, 'this api key was revoked'),
    code: 'COHERE_API_KEY_REJECTED',
    names: /new/,
  },
  { response: text(401, ''), code: 'COHERE_API_KEY_REJECTED' },
  { response: { ...json(401, ''), body: '{"message": "inva' }, code: 'COHERE_API_KEY_REJECTED' },
  {
    response: json(403, 'user does not have the necessary permissions'),
    code: 'COHERE_API_KEY_FORBIDDEN',
    names: /access to rerank/,
  },
];

const BLOCKED_ROWS: readonly Row[] = [
  { response: html(403, '403 Forbidden'), code: 'COHERE_BLOCKED', names: /region|network/ },
  { response: { ...html(403), headers: {} }, code: 'COHERE_BLOCKED' },
  {
    response: { status: 403, headers: { 'Content-Type': ['text/html'] }, body: '403' },
    code: 'COHERE_BLOCKED',
  },
  {
    response: { status: 403, headers: {}, body: '\uFEFF  <?xml version="1.0"?><Error/>' },
    code: 'COHERE_BLOCKED',
  },
  { response: text(403, 'RBAC: access denied'), code: 'COHERE_BLOCKED' },
  { response: text(403, ''), code: 'COHERE_BLOCKED' },
  { response: { status: 403, headers: {}, body: '{"message": "cut of' }, code: 'COHERE_BLOCKED' },
  { response: html(401, 'Sign in'), code: 'COHERE_BLOCKED' },
  { response: html(200, 'Welcome to Hotel Wi-Fi'), code: 'COHERE_BLOCKED' },
  { response: html(418), code: 'COHERE_BLOCKED' },
  {
    response: html(407, 'Proxy Authentication Required'),
    code: 'COHERE_BLOCKED',
    names: /HTTPS_PROXY/,
  },
  { response: text(407, ''), code: 'COHERE_BLOCKED', names: /HTTPS_PROXY/ },
  { response: html(511), code: 'COHERE_BLOCKED', names: /Log this machine in/, retryable: false },
  { response: text(451, ''), code: 'COHERE_BLOCKED' },
];

const ADDRESS_ROWS: readonly Row[] = [
  {
    response: text(404, '404 page not found'),
    code: 'COHERE_RESPONSE_INVALID',
    names: /COHERE_BASE_URL/,
  },
  {
    response: json(404, '404 page not found'),
    code: 'COHERE_RESPONSE_INVALID',
    names: /COHERE_BASE_URL/,
  },
  { response: text(404, ''), code: 'COHERE_RESPONSE_INVALID', names: /COHERE_BASE_URL/ },
  { response: html(404, 'nginx'), code: 'COHERE_RESPONSE_INVALID', names: /COHERE_BASE_URL/ },
  {
    response: json(405, 'method not allowed'),
    code: 'COHERE_RESPONSE_INVALID',
    names: /COHERE_BASE_URL/,
  },
  {
    response: json(404, 'Not Found'),
    context: CHECK_KEY,
    code: 'COHERE_RESPONSE_INVALID',
    names: /check-api-key/,
  },
  {
    response: {
      status: 400,
      headers: {},
      body: '<html><title>400 The plain HTTP request was sent to HTTPS port</title>',
    },
    code: 'COHERE_RESPONSE_INVALID',
    names: /https:\/\//,
  },
  {
    response: text(400, 'Client sent an HTTP request to an HTTPS server.'),
    code: 'COHERE_RESPONSE_INVALID',
    names: /https:\/\//,
  },
  {
    response: {
      status: 302,
      headers: { location: 'https://login.example.com/a?token=secret' },
      body: '',
    },
    code: 'COHERE_RESPONSE_INVALID',
    names: /redirects/,
  },
  { response: { ...html(307), headers: { Location: '/login' } }, code: 'COHERE_RESPONSE_INVALID' },
  { response: text(304, ''), code: 'COHERE_RESPONSE_INVALID' },
  { response: text(204, ''), code: 'COHERE_RESPONSE_INVALID' },
];

const MODEL_ROWS: readonly Row[] = [
  {
    response: json(
      404,
      "model 'xyz' not found, make sure the correct model ID was used and that you have access to the model.",
    ),
    code: 'COHERE_MODEL_NOT_FOUND',
    names: /COHERE_RERANK_MODEL/,
    httpStatus: 404,
  },
  {
    response: json(
      404,
      "model 'command-r-plus' was removed on September 15, 2025. See https://docs.cohere.com/docs/models#command for more.",
    ),
    code: 'COHERE_MODEL_NOT_FOUND',
    names: /removed/,
  },
  {
    response: json(404, 'finetuned model xyz not found'),
    code: 'COHERE_MODEL_NOT_FOUND',
    names: /fine-tuned/,
  },
  { response: json(404, 'Not Found'), context: MODEL, code: 'COHERE_MODEL_NOT_FOUND' },
  {
    response: json(
      400,
      "invalid request: model 'command-a-03-2025' is not supported by the rerank API",
    ),
    code: 'COHERE_MODEL_NOT_FOUND',
    names: /does not serve rerank/,
  },
];

const REQUEST_ROWS: readonly Row[] = [
  {
    response: json(400, 'invalid request: list of documents must not be empty'),
    code: 'COHERE_REQUEST_INVALID',
    names: /no documents/,
  },
  {
    response: json(400, 'invalid request: document at index 0 cannot be empty'),
    code: 'COHERE_REQUEST_INVALID',
    names: /document is empty/,
  },
  {
    response: json(400, 'invalid request: query must not be empty or be only whitespace'),
    code: 'COHERE_REQUEST_INVALID',
    names: /query is blank/,
  },
  {
    response: json(400, 'a model parameter is required for this endpoint.'),
    code: 'COHERE_REQUEST_INVALID',
    names: /COHERE_RERANK_MODEL/,
  },
  {
    response: json(
      400,
      'invalid request: number of total max chunks (number of documents * max chunks per doc) must be less than 10000',
    ),
    code: 'COHERE_REQUEST_INVALID',
    names: /maxDocumentsPerRequest/,
  },
  {
    response: json(400, 'invalid request: rank_fields cannot be empty'),
    code: 'COHERE_REQUEST_INVALID',
    names: /fields/,
  },
  {
    response: json(400, 'invalid json syntax: unexpected end'),
    code: 'COHERE_REQUEST_INVALID',
    names: /proxy/,
  },
  {
    response: json(400, 'too many tokens: size limit exceeded by 12 tokens.'),
    code: 'COHERE_REQUEST_INVALID',
    names: /maxTokensPerDoc/,
  },
  { response: json(400, 'something new'), code: 'COHERE_REQUEST_INVALID' },
  {
    response: json(
      422,
      "unknown field: parameter 'top_k' is not a valid field. For proper usage, please refer to https://docs.cohere.com/reference/rerank",
    ),
    code: 'COHERE_REQUEST_INVALID',
    names: /parameter/,
  },
  {
    response: json(413, 'request too large'),
    code: 'COHERE_REQUEST_INVALID',
    names: /maxDocumentsPerRequest/,
  },
  {
    response: html(413, 'Request Entity Too Large'),
    code: 'COHERE_REQUEST_INVALID',
    names: /proxy/,
  },
  {
    response: json(498, 'invalid token'),
    code: 'COHERE_REQUEST_INVALID',
    names: /key is not the cause/,
  },
];

const QUOTA_ROWS: readonly Row[] = [
  {
    response: json(
      402,
      'Please add or update your payment method at https://dashboard.cohere.com/billing?tab=payment to continue',
    ),
    code: 'COHERE_BILLING_REQUIRED',
    names: /payment method/,
    httpStatus: 402,
  },
  {
    response: json(
      402,
      'Maximum billing reached for this API key as set in your dashboard, please go to https://dashboard.cohere.com/billing?tab=payment',
    ),
    code: 'COHERE_BILLING_REQUIRED',
    names: /billing limit/,
  },
  { response: json(402, ''), code: 'COHERE_BILLING_REQUIRED' },
  {
    response: json(
      429,
      'You are past the per minute request limit, please wait and try again later.',
    ),
    code: 'COHERE_RATE_LIMITED',
    retryable: true,
    httpStatus: 429,
  },
  {
    response: json(429, TRIAL_MINUTE),
    code: 'COHERE_RATE_LIMITED',
    names: /trial key/,
    retryable: true,
  },
  {
    response: json(429, 'Please wait and try again later'),
    code: 'COHERE_RATE_LIMITED',
    retryable: true,
  },
  {
    response: json(429, 'trial token rate limit exceeded, limit is 100000 tokens per minute'),
    code: 'COHERE_RATE_LIMITED',
    names: /trial key/,
    retryable: true,
  },
  { response: html(429), code: 'COHERE_RATE_LIMITED', retryable: true },
  {
    response: json(
      429,
      'You are using a Trial key, which is limited to 1000 API calls / month. You can continue …',
    ),
    code: 'COHERE_QUOTA_EXHAUSTED',
    names: /production key/,
    retryable: false,
    httpStatus: 429,
  },
];

const AVAILABILITY_ROWS: readonly Row[] = [
  {
    response: json(
      500,
      'internal server error, this has been reported to our developers. id 07734bd2-2473-4f07-94e1-0d9f0e6843cf',
    ),
    code: 'COHERE_UPSTREAM_ERROR',
    retryable: true,
    httpStatus: 502,
  },
  { response: json(501, 'not implemented'), code: 'COHERE_UPSTREAM_ERROR', retryable: false },
  {
    response: html(502, 'Bad Gateway'),
    code: 'COHERE_UPSTREAM_ERROR',
    retryable: true,
    httpStatus: 502,
  },
  {
    response: text(503, 'upstream connect error or disconnect/reset before headers'),
    code: 'COHERE_UPSTREAM_ERROR',
    retryable: true,
    httpStatus: 503,
  },
  { response: json(504, ''), code: 'COHERE_UPSTREAM_ERROR', retryable: true, httpStatus: 502 },
  { response: html(520), code: 'COHERE_UPSTREAM_ERROR', retryable: true },
  {
    response: json(529, 'overloaded'),
    code: 'COHERE_UPSTREAM_ERROR',
    retryable: true,
    httpStatus: 503,
  },
  { response: json(408, 'request timeout'), code: 'COHERE_UPSTREAM_ERROR', retryable: true },
  {
    response: json(499, 'failed to get rerank inference: request cancelled'),
    code: 'COHERE_UPSTREAM_ERROR',
    retryable: false,
  },
  { response: json(418, 'teapot'), code: 'COHERE_UPSTREAM_ERROR', retryable: false },
  { response: json(0, ''), code: 'COHERE_UPSTREAM_ERROR', retryable: false },
  { response: json(999, ''), code: 'COHERE_UPSTREAM_ERROR', retryable: false },
];

const ROWS = [
  ...KEY_ROWS,
  ...BLOCKED_ROWS,
  ...ADDRESS_ROWS,
  ...MODEL_ROWS,
  ...REQUEST_ROWS,
  ...QUOTA_ROWS,
  ...AVAILABILITY_ROWS,
].map((row): readonly [string, Row] => [
  `${row.response.status} ${row.response.body.slice(0, 60) || '(empty)'}`,
  row,
]);

describe('a response of Cohere, or of whatever answered in its place', () => {
  it.each(ROWS)('%s', (_name, { response, code, context = RERANK, names, ...expected }) => {
    const diagnosis = classifyResponse(response, context);

    expect(diagnosis.code).toBe(code);
    expect(diagnosis).toMatchObject(expected);
    expect(`${diagnosis.title} ${diagnosis.fix[0]}`).toMatch(names ?? /./);
    expect(diagnosis.upstream?.status).toBe(response.status);
    expect(diagnosis.detail).toContain(`answered ${response.status}`);
  });

  it('is certain about the key only where Cohere itself said so: 401, and 403 as JSON', () => {
    const certain = ROWS.filter(([, { response, context = RERANK }]) =>
      isKeyVerdict(classifyResponse(response, context)),
    );

    expect(certain).toHaveLength(KEY_ROWS.length);
    expect(certain.every(([, { response }]) => [401, 403].includes(response.status))).toBe(true);
  });
});

describe('every rule', () => {
  const titles = new Set(
    ROWS.map(([, { response, context = RERANK }]) => classifyResponse(response, context).title),
  );

  it.each(RESPONSE_RULES.flatMap(({ title }) => title ?? []))('has a row above: %s', (title) => {
    expect(titles).toContain(title);
  });

  it('falls back to the catalogue for each code that has rules', () => {
    const codes = new Set(RESPONSE_RULES.map(({ code }) => code));
    const rows = new Set(ROWS.map(([, { code }]) => code));

    expect([...codes].filter((code) => !rows.has(code))).toEqual([]);
  });
});

describe('the detail', () => {
  it('names what was asked, what was answered and which key was used', () => {
    expect(classifyResponse(json(401, 'invalid api token'), CHECK_KEY).detail).toBe(
      'api.cohere.com/v1/check-api-key answered 401: invalid api token. Key: COHERE_API_KEY, 40 characters, sha256:1f3a9c02.',
    );
  });

  it('leaves the key out where it is not what matters', () => {
    expect(classifyResponse(json(500, 'oops!'), RERANK).detail).toBe(
      'api.cohere.com/v2/rerank answered 500: oops!',
    );
  });

  it('shows http, port and sub-path of another base URL, never its user and password', () => {
    const context = { baseUrl: `http://me:${CANARY}@gateway:8080/cohere/`, path: '/v2/rerank' };

    expect(classifyResponse(json(500, 'x'), context).detail).toBe(
      'http://gateway:8080/cohere/v2/rerank answered 500: x.',
    );
  });

  it('names the host of a redirect, and nothing else of its address', () => {
    const response = {
      status: 302,
      headers: { location: `https://login.example.com/${CANARY}?t=${CANARY}` },
      body: '',
    };

    expect(classifyResponse(response, RERANK).detail).toBe(
      'api.cohere.com/v2/rerank answered 302 and points to login.example.com.',
    );
  });

  it('shows the title of an HTML page, and no markup', () => {
    expect(classifyResponse(html(403, 'Access denied'), RERANK).detail).toBe(
      'api.cohere.com/v2/rerank answered 403 with an HTML page: Access denied.',
    );
  });

  it('folds white space, drops control characters and terminal sequences, and cuts at a character', () => {
    const { upstream } = classifyResponse(
      json(500, `a\n\t b\u0007\u001b[31mc\u202E ${'😀'.repeat(400)}`),
      RERANK,
    );

    expect(upstream?.message).toMatch(/^a bc (?:😀)+…$/u);
    expect(upstream?.message?.length).toBeLessThanOrEqual(300);
    expect(upstream?.message).not.toMatch(/\p{Cs}/u);
  });

  it('keeps the hint of Cohere for a removed model', () => {
    const hint = "model 'x' was removed on May 1, 2026. See https://docs.cohere.com/docs/models#x";

    expect(classifyResponse(json(404, hint), RERANK).upstream?.message).toBe(hint);
  });

  it.each([
    ['Azure', { error: { code: 'x', message: 'said' } }],
    ['FastAPI', { detail: 'said' }],
    ['a plain error', { error: 'said' }],
  ])('finds the message of %s too', (_server, body) => {
    const response = { status: 500, headers: {}, body: JSON.stringify(body) };

    expect(classifyResponse(response, RERANK).upstream?.message).toBe('said');
  });

  it('names where a new key belongs when it does not come from a variable', () => {
    const key = { name: '/run/secrets/cohere', length: 40, fingerprint: 'sha256:1f3a9c02' };

    expect(classifyResponse(json(401, 'key expired'), { ...RERANK, key }).fix).toContain(
      'Put it where the old one came from: /run/secrets/cohere.',
    );
  });
});

describe('the request id', () => {
  const id = '07734bd2-2473-4f07-94e1-0d9f0e6843cf';

  it.each([
    [
      'the trace header',
      json(500, 'x', { 'X-Debug-Trace-Id': '5f6d4cf5a1b5f7c4a7ae1e6e9a5a2e0a' }),
      '5f6d4cf5a1b5f7c4a7ae1e6e9a5a2e0a',
    ],
    ['the body', { status: 500, headers: {}, body: JSON.stringify({ message: 'x', id }) }, id],
  ])('comes from %s', (_place, response, expected) => {
    expect(classifyResponse(response, RERANK).upstream?.requestId).toBe(expected);
  });

  it('is left out when the key itself looks like one', () => {
    const response = json(401, 'x', { 'x-debug-trace-id': id });

    expect(classifyResponse(response, RERANK, [id]).upstream).not.toHaveProperty('requestId');
  });

  it('is left out when it is no id, but an echoed key', () => {
    const response = json(401, 'x', { 'x-debug-trace-id': CANARY });

    expect(classifyResponse(response, RERANK).upstream).not.toHaveProperty('requestId');
  });
});

describe('an answer that cannot be believed', () => {
  it('is an invalid response with the reason', () => {
    const what = 'results[2].index is 17, but 5 documents were sent';
    const diagnosis = diagnoseInvalidResponse(RERANK, what, json(200, ''));

    expect(diagnosis).toMatchObject({ code: 'COHERE_RESPONSE_INVALID', retryable: false });
    expect(diagnosis.detail).toBe(`api.cohere.com/v2/rerank answered 200, but ${what}.`);
  });

  it('is a block where an HTML page came instead', () => {
    const diagnosis = diagnoseInvalidResponse(RERANK, 'the body is no JSON', html(200, 'Login'));

    expect(diagnosis.code).toBe('COHERE_BLOCKED');
  });

  it('is a rejected key where Cohere said valid: false', () => {
    const diagnosis = diagnoseInvalidKey(CHECK_KEY);

    expect(diagnosis).toMatchObject({ code: 'COHERE_API_KEY_REJECTED', exitCode: 77 });
    expect(diagnosis.detail).toContain('valid: false. Key: COHERE_API_KEY, 40 characters');
  });
});
