import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { failureOf, rerankOver } from '../support/rerank-over.js';
import {
  drip,
  hang,
  hangInBody,
  html,
  json,
  ranking,
  resetBeforeHeaders,
  resetInBody,
  StubCohere,
  text,
  unauthorized,
  type Answer,
} from '../support/stub-cohere.js';
import type { DiagnosisCode } from '../../lib/diagnosis/catalogue.js';
import { DiagnosedError, RateLimitError } from '../../lib/diagnosis/errors.js';

interface Fault {
  readonly name: string;
  readonly answer: Answer;
  readonly code: DiagnosisCode;
  /** With two retries allowed. */
  readonly attempts: number;
  /** Default 5,000. Rows that end by the deadline have a short one. */
  readonly timeoutMs?: number;
  readonly retryAfterMs?: number;
  /** Words that the detail holds. */
  readonly detail?: RegExp;
}

const perMinute = {
  message: 'You are past the per minute request limit, please wait and try again later.',
};
const results = (...found: readonly unknown[]): Answer => json(200, { results: found });
const scored = (index: unknown) => ({ index, relevance_score: 0.5 });
const JSON_TYPE = { 'content-type': 'application/json' };

const NETWORK: readonly Fault[] = [
  {
    name: 'a reset before the headers',
    answer: resetBeforeHeaders,
    code: 'COHERE_UNREACHABLE',
    attempts: 3,
  },
  {
    name: 'a reset in the body',
    answer: resetInBody,
    code: 'COHERE_UNREACHABLE',
    attempts: 3,
  },
  {
    name: 'a body shorter than announced',
    answer: (_, response) => {
      response.writeHead(200, { ...JSON_TYPE, 'content-length': 1_000 });
      response.write('{"results":[', () => response.socket?.end());
    },
    code: 'COHERE_UNREACHABLE',
    attempts: 3,
  },
  {
    name: 'what is not HTTP',
    answer: (_, response) => response.socket?.end('SSH-2.0-OpenSSH_9.6\r\n\r\n'),
    code: 'COHERE_UNREACHABLE',
    attempts: 1,
  },
];

const TIME: readonly Fault[] = [
  {
    name: 'no answer at all',
    answer: hang,
    code: 'COHERE_TIMEOUT',
    attempts: 1,
    timeoutMs: 150,
    detail: /no answer had begun/,
  },
  {
    name: 'a body that stops',
    answer: hangInBody,
    code: 'COHERE_TIMEOUT',
    attempts: 1,
    timeoutMs: 150,
    detail: /not complete/,
  },
  {
    name: 'a body that drips',
    answer: drip,
    code: 'COHERE_TIMEOUT',
    attempts: 1,
    timeoutMs: 150,
    detail: /not complete/,
  },
];

const UNBELIEVABLE: readonly (readonly [string, Answer])[] = [
  ['JSON that is cut off', text(200, '{"results":[{"index":0,"relev', JSON_TYPE)],
  ['an empty body', text(200, '', JSON_TYPE)],
  ['no content', text(204, '')],
  ['null', json(200, null)],
  ['an object without results', json(200, { ok: true })],
  ['results that are no array', json(200, { results: { 0: scored(0) } })],
  ['a result that is no object', results(scored(0), 'x', scored(2))],
  ['an index out of range', results(scored(0), scored(1), scored(3))],
  ['a negative index', results(scored(0), scored(1), scored(-1))],
  ['an index between two documents', results(scored(0), scored(1), scored(1.5))],
  ['an index in quotes', results(scored(0), scored(1), scored('2'))],
  ['the same index twice', results(scored(0), scored(1), scored(1))],
  ['fewer results than documents', results(scored(0), scored(1))],
  ['a result without a score', results(scored(0), scored(1), { index: 2 })],
  ['a score of null', results(scored(0), scored(1), { index: 2, relevance_score: null })],
];

const BODIES: readonly Fault[] = [
  ...UNBELIEVABLE.map(([name, answer]): Fault => ({
    name,
    answer,
    code: 'COHERE_RESPONSE_INVALID',
    attempts: 1,
  })),
  { name: 'HTML with status 200', answer: html(200), code: 'COHERE_BLOCKED', attempts: 1 },
];

const STATUSES: readonly Fault[] = [
  {
    name: '400',
    answer: json(400, { message: 'invalid request: query must not be empty' }),
    code: 'COHERE_REQUEST_INVALID',
    attempts: 1,
  },
  { name: '401', answer: unauthorized, code: 'COHERE_API_KEY_REJECTED', attempts: 1 },
  {
    name: '402',
    answer: json(402, { message: 'Please add or update your payment method' }),
    code: 'COHERE_BILLING_REQUIRED',
    attempts: 1,
  },
  {
    name: '403 in JSON',
    answer: json(403, { message: 'user does not have the necessary permissions' }),
    code: 'COHERE_API_KEY_FORBIDDEN',
    attempts: 1,
  },
  { name: '403 in HTML', answer: html(403), code: 'COHERE_BLOCKED', attempts: 1 },
  {
    name: '404 for the model',
    answer: json(404, { message: "model 'x' not found, make sure the correct model ID was used" }),
    code: 'COHERE_MODEL_NOT_FOUND',
    attempts: 1,
  },
  {
    name: '404 for the path',
    answer: text(404, '404 page not found'),
    code: 'COHERE_RESPONSE_INVALID',
    attempts: 1,
  },
  { name: '408', answer: json(408, {}), code: 'COHERE_UPSTREAM_ERROR', attempts: 3 },
  { name: '429', answer: json(429, perMinute), code: 'COHERE_RATE_LIMITED', attempts: 3 },
  {
    name: '429 for the month',
    answer: json(429, {
      message: 'You are using a Trial key, which is limited to 1000 API calls / month.',
    }),
    code: 'COHERE_QUOTA_EXHAUSTED',
    attempts: 1,
  },
  {
    name: '499',
    answer: json(499, { message: 'request cancelled' }),
    code: 'COHERE_UPSTREAM_ERROR',
    attempts: 1,
  },
  { name: '500', answer: json(500, {}), code: 'COHERE_UPSTREAM_ERROR', attempts: 3 },
  { name: '501', answer: json(501, {}), code: 'COHERE_UPSTREAM_ERROR', attempts: 1 },
  { name: '502 in HTML', answer: html(502), code: 'COHERE_UPSTREAM_ERROR', attempts: 3 },
  { name: '503', answer: json(503, {}), code: 'COHERE_UPSTREAM_ERROR', attempts: 3 },
  { name: '504', answer: json(504, {}), code: 'COHERE_UPSTREAM_ERROR', attempts: 3 },
];

const RETRY_AFTER: readonly Fault[] = [
  {
    name: '429 with Retry-After in seconds',
    answer: json(429, perMinute, { 'retry-after': '0' }),
    code: 'COHERE_RATE_LIMITED',
    attempts: 3,
    retryAfterMs: 0,
  },
  {
    name: '429 with Retry-After in a fraction of a second',
    answer: json(429, perMinute, { 'retry-after': '0.02' }),
    code: 'COHERE_RATE_LIMITED',
    attempts: 3,
    retryAfterMs: 20,
  },
  {
    name: '429 with Retry-After as a date that has passed',
    answer: json(429, perMinute, { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }),
    code: 'COHERE_RATE_LIMITED',
    attempts: 3,
    retryAfterMs: 0,
  },
  {
    name: '429 with Retry-After beyond the deadline',
    answer: json(429, perMinute, { 'retry-after': '30' }),
    code: 'COHERE_RATE_LIMITED',
    attempts: 1,
    retryAfterMs: 30_000,
  },
  {
    name: '429 with a Retry-After nobody can read',
    answer: json(429, perMinute, { 'retry-after': '-1' }),
    code: 'COHERE_RATE_LIMITED',
    attempts: 3,
  },
  {
    name: '503 with Retry-After beyond the deadline',
    answer: json(503, {}, { 'retry-after': '3600' }),
    code: 'COHERE_UPSTREAM_ERROR',
    attempts: 1,
  },
];

const SLACK_MS = 1_500;
const documents = ['one', 'two', 'three'];

beforeEach(() => {
  // Backoff with full jitter, at its shortest.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each([
  ['the network', NETWORK],
  ['time', TIME],
  ['the body', BODIES],
  ['the status', STATUSES],
  ['Retry-After', RETRY_AFTER],
])('a fault of %s', (_, faults) => {
  it.each(faults)(
    '$name becomes $code after $attempts attempts, and the next call works',
    async (fault) => {
      const stub = await StubCohere.start(ranking());
      const { service } = rerankOver(stub.url);
      await service.rerank({ query: 'q', documents });
      stub.script(fault.answer);
      stub.keyCheck = json(200, { valid: false });
      stub.requests.length = 0;

      const timeoutMs = fault.timeoutMs ?? 5_000;
      const startedAt = performance.now();
      const error = await failureOf(service.rerank({ query: 'q', documents }, { timeoutMs }));
      const elapsedMs = performance.now() - startedAt;

      expect(error).toBeInstanceOf(DiagnosedError);
      expect(error).toMatchObject({
        code: fault.code,
        diagnosis: { detail: expect.stringMatching(fault.detail ?? /./) },
      });
      expect(error instanceof RateLimitError ? error.retryAfterMs : undefined).toBe(
        fault.retryAfterMs,
      );
      expect(stub.requests).toHaveLength(fault.attempts);
      expect(elapsedMs).toBeLessThan(timeoutMs + SLACK_MS);

      stub.script(ranking());
      await service.reloadKey();
      const { results: ranked } = await service.rerank({ query: 'q', documents });
      expect(ranked).toHaveLength(3);
    },
  );
});

describe('a fault that passes', () => {
  it.each([...NETWORK, ...STATUSES, ...RETRY_AFTER].filter(({ attempts }) => attempts > 1))(
    '$name is survived, and the retry is counted',
    async ({ answer }) => {
      const stub = await StubCohere.start(answer, ranking());
      const { service } = rerankOver(stub.url);
      const { usage, results: ranked } = await service.rerank({ query: 'q', documents });
      expect(usage).toMatchObject({ requests: 1, retries: 1 });
      expect(ranked.map(({ document }) => document)).toEqual(documents);
    },
  );

  it('is not retried with maxRetries 0', async () => {
    const stub = await StubCohere.start(json(503, {}), ranking());
    const { service } = rerankOver(stub.url);
    const call = service.rerank({ query: 'q', documents }, { maxRetries: 0 });
    await expect(call).rejects.toMatchObject({ code: 'COHERE_UPSTREAM_ERROR' });
    expect(stub.requests).toHaveLength(1);
  });
});

describe('nobody at the other end', () => {
  it('becomes COHERE_UNREACHABLE after 3 attempts', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    await new Promise((resolve) => server.close(resolve));
    const port = typeof address === 'object' ? address?.port : undefined;
    const { service, transport } = rerankOver(`http://127.0.0.1:${port}`);
    const before = transport.retryBudget.tokens;

    const call = service.rerank({ query: 'q', documents });

    await expect(call).rejects.toMatchObject({ code: 'COHERE_UNREACHABLE' });
    expect(before - transport.retryBudget.tokens).toBe(2 * 14);
  });

  it('becomes COHERE_UNREACHABLE when the name does not resolve', async () => {
    const { service } = rerankOver('http://cohere.invalid');
    const call = service.rerank({ query: 'q', documents });
    await expect(call).rejects.toMatchObject({ code: 'COHERE_UNREACHABLE' });
  });
});

describe('a redirect', () => {
  it.each([301, 302, 307, 308])('%d to another origin does not get the key', async (status) => {
    const elsewhere = await StubCohere.start(ranking());
    const stub = await StubCohere.start(
      text(status, '', { location: `${elsewhere.url}/v2/rerank` }),
    );
    const { service } = rerankOver(stub.url);

    const call = service.rerank({ query: 'q', documents });

    await expect(call).rejects.toMatchObject({ code: 'COHERE_RESPONSE_INVALID' });
    expect(stub.requests).toHaveLength(1);
    expect(elsewhere.connectionCount).toBe(0);
  });
});
