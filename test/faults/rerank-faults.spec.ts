import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RerankCallOptions } from '../../lib/rerank/rerank.interface.js';
import {
  failureOf,
  HangingKeySource,
  FakeKeySource,
  rerankOver,
  type RerankRig,
} from '../support/rerank-over.js';
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
import { replyAndEnd, TcpStub } from '../support/tcp-stub.js';
import { freePort } from '../support/loopback.js';
import { FaultTable } from './fault-table.js';
import type { DiagnosisCode } from '../../lib/diagnosis/catalogue.js';
import { Secret } from '../../lib/config/api-key/secret.js';
import { DiagnosedError, RateLimitError } from '../../lib/diagnosis/errors.js';
import { keyNumber, OTHER_KEY, TENANT_KEY } from '../support/keys.js';

interface Fault {
  readonly name: string;
  readonly answer: Answer;
  readonly code: DiagnosisCode;
  /** With two retries allowed. */
  readonly attempts: number;
  /** Requests that are sent again over a new connection, and are no attempts. */
  readonly repeats?: number;
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
    name: 'a connection reset before the headers',
    answer: resetBeforeHeaders,
    code: 'COHERE_UNREACHABLE',
    attempts: 3,
    repeats: 1,
  },
  {
    name: 'a connection reset in the middle of the body',
    answer: resetInBody,
    code: 'COHERE_UNREACHABLE',
    attempts: 3,
  },
  {
    name: 'a body shorter than its Content-Length',
    answer: (_, response) => {
      response.writeHead(200, { ...JSON_TYPE, 'content-length': 1_000 });
      response.write('{"results":[', () => response.socket?.end());
    },
    code: 'COHERE_UNREACHABLE',
    attempts: 3,
  },
  {
    name: 'a response that is not HTTP',
    answer: (_, response) => response.socket?.end('SSH-2.0-OpenSSH_9.6\r\n\r\n'),
    code: 'COHERE_UNREACHABLE',
    attempts: 1,
  },
];

const TIME: readonly Fault[] = [
  {
    name: 'no response at all',
    answer: hang,
    code: 'COHERE_TIMEOUT',
    attempts: 1,
    timeoutMs: 150,
    detail: /no response had begun/,
  },
  {
    name: 'a body that stops half-way',
    answer: hangInBody,
    code: 'COHERE_TIMEOUT',
    attempts: 1,
    timeoutMs: 150,
    detail: /not complete/,
  },
  {
    name: 'a body that never ends, a byte at a time',
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
  ['a 204, which has no body', text(204, '')],
  ['the JSON value null', json(200, null)],
  ['an object without results', json(200, { ok: true })],
  ['results that are not an array', json(200, { results: { 0: scored(0) } })],
  ['a result that is not an object', results(scored(0), 'x', scored(2))],
  ['an index beyond the last document', results(scored(0), scored(1), scored(3))],
  ['a negative index', results(scored(0), scored(1), scored(-1))],
  ['an index that is not a whole number', results(scored(0), scored(1), scored(1.5))],
  ['an index that is a string', results(scored(0), scored(1), scored('2'))],
  ['the same index twice', results(scored(0), scored(1), scored(1))],
  ['fewer results than documents', results(scored(0), scored(1))],
  ['a result without a score', results(scored(0), scored(1), { index: 2 })],
  ['a score that is null', results(scored(0), scored(1), { index: 2, relevance_score: null })],
];

const BODIES: readonly Fault[] = [
  ...UNBELIEVABLE.map(([name, answer]): Fault => ({
    name,
    answer,
    code: 'COHERE_RESPONSE_INVALID',
    attempts: 1,
  })),
  { name: 'an HTML page with status 200', answer: html(200), code: 'COHERE_BLOCKED', attempts: 1 },
];

const STATUSES: readonly Fault[] = [
  {
    name: '400',
    answer: json(400, { message: 'invalid request: query must not be empty' }),
    code: 'COHERE_REQUEST_INVALID',
    attempts: 1,
  },
  {
    name: '401 of another host than Cohere',
    answer: unauthorized,
    code: 'COHERE_API_KEY_REJECTED',
    attempts: 2,
  },
  {
    name: '402',
    answer: json(402, { message: 'Please add or update your payment method' }),
    code: 'COHERE_BILLING_REQUIRED',
    attempts: 1,
  },
  {
    name: '403 with a JSON body',
    answer: json(403, { message: 'user does not have the necessary permissions' }),
    code: 'COHERE_API_KEY_FORBIDDEN',
    attempts: 1,
  },
  { name: '403 with an HTML page', answer: html(403), code: 'COHERE_BLOCKED', attempts: 1 },
  {
    name: '404, the model is not found',
    answer: json(404, { message: "model 'x' not found, make sure the correct model ID was used" }),
    code: 'COHERE_MODEL_NOT_FOUND',
    attempts: 1,
  },
  {
    name: '404, the path is not found',
    answer: text(404, '404 page not found'),
    code: 'COHERE_RESPONSE_INVALID',
    attempts: 1,
  },
  { name: '408', answer: json(408, {}), code: 'COHERE_UPSTREAM_ERROR', attempts: 3 },
  {
    name: '429, too many requests in a minute',
    answer: json(429, perMinute),
    code: 'COHERE_RATE_LIMITED',
    attempts: 3,
  },
  {
    name: '429, the quota of the month is used up',
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
  { name: '502 with an HTML page', answer: html(502), code: 'COHERE_UPSTREAM_ERROR', attempts: 3 },
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
    name: '429 with a Retry-After that is not a time',
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

const faultTable = new FaultTable();
/** A call that has passed its deadline ends; it does no work of its own any more. */
const MAX_CPU_AFTER_DEADLINE_MS = 50;
const documents = ['one', 'two', 'three'];
const SECOND = keyNumber('s');
const THIRD = keyNumber('t');

beforeEach(() => {
  // Backoff with full jitter, at its shortest.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each([
  ['the network', NETWORK],
  ['timing', TIME],
  ['the response body', BODIES],
  ['the status', STATUSES],
  ['Retry-After', RETRY_AFTER],
])('a fault of %s', (group, faults) => {
  it.each(faults)(
    '$name becomes $code after $attempts attempts, and the next call works',
    async (fault) => {
      const stub = await StubCohere.start(ranking());
      const { service, transport } = rerankOver(stub.url);
      await service.rerank({ query: 'q', documents });
      stub.script(fault.answer);
      stub.keyCheck = json(404, {});
      stub.requests.length = 0;

      const timeoutMs = fault.timeoutMs ?? 5_000;
      const { reason: error, cpuAfterDeadlineMs } = await faultTable.observe({
        group,
        fault: fault.name,
        timeoutMs,
        transport,
        call: () => service.rerank({ query: 'q', documents }, { timeoutMs }),
        attempts: () => stub.requests.length - (fault.repeats ?? 0),
      });

      expect(cpuAfterDeadlineMs).toBeLessThan(MAX_CPU_AFTER_DEADLINE_MS);
      expect(error).toBeInstanceOf(DiagnosedError);
      expect(error).toMatchObject({
        code: fault.code,
        diagnosis: { detail: expect.stringMatching(fault.detail ?? /./) },
      });
      expect(error instanceof RateLimitError ? error.retryAfterMs : undefined).toBe(
        fault.retryAfterMs,
      );
      expect(stub.requests).toHaveLength(fault.attempts + (fault.repeats ?? 0));

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

const REQUEST = { query: 'q', documents };
const gzip = { ...JSON_TYPE, 'content-encoding': 'gzip' };
const RANKED = JSON.stringify({
  results: documents.map((_, index) => ({ index, relevance_score: 0.5 })),
});
const endless: Answer = (_, response) => {
  response.writeHead(200, JSON_TYPE);
  const megabytes = Buffer.alloc(8 * 1024 * 1024, ' ');
  const more = () => {
    if (!response.destroyed) {
      response.write(megabytes, more);
    }
  };
  more();
};
/** A fault that takes more than an answer: it says what was called, and how often the other end was asked. */
interface Scene {
  readonly rig: RerankRig;
  readonly call: () => Promise<unknown>;
  readonly attempts: () => number;
  readonly timeoutMs?: number;
}

async function answered(answer: Answer, options: RerankCallOptions = {}): Promise<Scene> {
  const stub = await StubCohere.start(answer);
  const rig = rerankOver(stub.url);
  const { timeoutMs = 5_000 } = options;
  return {
    rig,
    call: () => rig.service.rerank(REQUEST, { ...options, timeoutMs }),
    attempts: () => stub.requests.length,
    timeoutMs,
  };
}

async function throughProxy(reply?: string, timeoutMs = 5_000): Promise<Scene> {
  const proxy = await TcpStub.start(reply === undefined ? undefined : replyAndEnd(reply));
  vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${proxy.port}`);
  const rig = rerankOver('http://cohere.test');
  vi.unstubAllEnvs();
  await rig.transport.load();
  return {
    rig,
    call: () => rig.service.rerank(REQUEST, { timeoutMs }),
    attempts: () => proxy.connectionCount,
    timeoutMs,
  };
}

/** The call meets the answer; then it is aborted, or the app ends. */
async function ended(
  answer: Answer,
  end: (controller: AbortController, rig: RerankRig) => void,
  { queued = false } = {},
): Promise<Scene> {
  const stub = await StubCohere.start(answer);
  const rig = rerankOver(stub.url, { concurrency: 1, timeoutMs: 60_000 });
  const ahead = queued ? failureOf(rig.service.rerank(REQUEST)) : undefined;
  const controller = new AbortController();
  const call = async () => {
    const calling = rig.service.rerank(REQUEST, { signal: controller.signal });
    await vi.waitFor(() => expect(stub.requests).toHaveLength(1), { interval: 5 });
    end(controller, rig);
    try {
      await calling;
    } finally {
      // What is ahead in the queue belongs to the scene, not to the call.
      void rig.transport.close();
      await ahead;
    }
  };
  return { rig, call, attempts: () => (queued ? 0 : stub.requests.length) };
}

async function refusedKey(
  check: Answer | undefined,
  script: readonly Answer[],
  keysInTurn: readonly string[] = [],
): Promise<Scene> {
  const stub = await StubCohere.start(...script);
  stub.keyCheck = check;
  const source = new FakeKeySource();
  const left = [...keysInTurn];
  source.read = async () => {
    await new Promise(setImmediate);
    return new Secret(left.shift() ?? source.value.toString());
  };
  const rig = rerankOver(stub.url, { source });
  return {
    rig,
    call: () => rig.service.rerank(REQUEST),
    attempts: () => stub.requests.length,
  };
}

/** Callers in JavaScript do this. */
const toText: (document: string) => string = () =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  Promise.reject(new Error('no text')) as unknown as string;
const abort = (controller: AbortController) => controller.abort('the user went away');
const close = (_: AbortController, { transport }: RerankRig) => void transport.close();
const later = json(429, perMinute, { 'retry-after': '5' });

const SCENES: Readonly<Record<string, Readonly<Record<string, () => Promise<Scene>>>>> = {
  'the encoding': {
    'a gzip body that was not asked for': () => answered(text(200, gzipSync(RANKED), gzip)),
    'a body that its header calls gzip, and is not': () => answered(text(200, RANKED, gzip)),
    'an unknown Content-Encoding': () =>
      answered(text(200, RANKED, { ...JSON_TYPE, 'content-encoding': 'zz' })),
    'a byte order mark before the JSON': () => answered(text(200, `\uFEFF${RANKED}`, JSON_TYPE)),
    'a body without an end': () => answered(endless),
  },
  proxies: {
    'closes the connection on CONNECT': () => throughProxy(''),
    'answers CONNECT with half a status line': () => throughProxy('HTTP/1.1 20'),
    'answers CONNECT with something that is not HTTP': () =>
      throughProxy('SSH-2.0-OpenSSH_9.9\r\n'),
    'answers CONNECT with 407': () => throughProxy('HTTP/1.1 407 No\r\n\r\n'),
    'answers CONNECT with 403': () => throughProxy('HTTP/1.1 403 No\r\n\r\n'),
    'answers CONNECT with 502': () => throughProxy('HTTP/1.1 502 No\r\n\r\n'),
    'never answers CONNECT': () => throughProxy(undefined, 150),
  },
  'the connection': {
    'nothing listens on the port': async () => {
      const rig = rerankOver(`http://127.0.0.1:${await freePort()}`);
      await rig.transport.load();
      const before = rig.transport.retryBudget.left('transient');
      return {
        rig,
        call: () => rig.service.rerank(REQUEST),
        attempts: () => 1 + (before - rig.transport.retryBudget.left('transient')) / 14,
      };
    },
    'a TLS handshake that is never answered': async () => {
      const server = await TcpStub.start();
      const rig = rerankOver(`https://127.0.0.1:${server.port}`);
      await rig.transport.load();
      return {
        rig,
        call: () => rig.service.rerank(REQUEST, { timeoutMs: 150 }),
        attempts: () => server.connectionCount,
        timeoutMs: 150,
      };
    },
    'a server that speaks plain HTTP where TLS was expected': async () => {
      const server = await TcpStub.start(replyAndEnd('HTTP/1.1 400 Bad Request\r\n\r\n'));
      const rig = rerankOver(`https://127.0.0.1:${server.port}`);
      return {
        rig,
        call: () => rig.service.rerank(REQUEST),
        attempts: () => server.connectionCount,
      };
    },
    'a redirect to another host': () =>
      answered(text(307, '', { location: 'http://elsewhere.test/' })),
  },
  'the caller, or the end of the app': {
    'the call is aborted before it begins': () =>
      answered(ranking(), { signal: AbortSignal.abort('gone') }),
    'the call is aborted in flight': () => ended(hang, abort),
    'the call is aborted in the middle of the body': () => ended(hangInBody, abort),
    'the call is aborted in the queue': () => ended(hang, abort, { queued: true }),
    'the call is aborted between two attempts': () => ended(later, abort),
    'the app ends while the call is in flight': () => ended(hang, close),
    'the app ends in the middle of the body': () => ended(hangInBody, close),
    'the app ends while the call is in the queue': () => ended(hang, close, { queued: true }),
    'the app ends between two attempts': () => ended(later, close),
    'toText returns a promise that is rejected': async () => {
      const scene = await answered(ranking());
      return { ...scene, call: () => scene.rig.service.rerank({ ...REQUEST, toText }) };
    },
  },
  'the key': {
    'a 401 that check-api-key does not confirm': () =>
      refusedKey(json(200, { valid: true }), [unauthorized, ranking()]),
    'two 401s in one call that check-api-key does not confirm': () =>
      refusedKey(json(200, { valid: true }), [unauthorized]),
    'a 401 where check-api-key does not exist': () =>
      refusedKey(json(404, {}), [unauthorized, ranking()]),
    'two 401s in one call where check-api-key does not exist': () =>
      refusedKey(json(404, {}), [unauthorized]),
    'a 401 after which the key source has a new key': () =>
      refusedKey(undefined, [unauthorized, ranking()], [SECOND]),
    'two 401s after each of which the key source has a new key': () =>
      refusedKey(undefined, [unauthorized, unauthorized, ranking()], [SECOND, THIRD]),
    'a key source that never answers': async () => {
      const stub = await StubCohere.start(ranking());
      const clock = { now: 0 };
      const rig = rerankOver(stub.url, { source: new HangingKeySource(), now: () => clock.now });
      clock.now += 5_000;
      return {
        rig,
        call: () => rig.service.rerank(REQUEST, { timeoutMs: 150 }),
        attempts: () => stub.requests.length,
        timeoutMs: 150,
      };
    },
  },
};

const scenes = Object.entries(SCENES).flatMap(([group, faults]) =>
  Object.entries(faults).map(([fault, open]) => ({ group, fault, open })),
);

describe('every other fault ends in time, and leaves no open socket', () => {
  it.each(scenes)('$group: $fault', async ({ group, fault, open }) => {
    const { rig, call, attempts, timeoutMs = 5_000 } = await open();
    const { transport } = rig;
    const { cpuAfterDeadlineMs } = await faultTable.observe({
      group,
      fault,
      timeoutMs,
      transport,
      call,
      attempts,
    });
    expect(cpuAfterDeadlineMs).toBeLessThan(MAX_CPU_AFTER_DEADLINE_MS);
    expect(transport.concurrency.inFlight).toBe(0);
    expect(transport.calls.size).toBe(0);
    expect(transport.openSockets).toBeLessThanOrEqual(1);
  });
});

describe('a host that cannot be reached', () => {
  it('becomes COHERE_UNREACHABLE after 3 attempts', async () => {
    const { service, transport } = rerankOver(`http://127.0.0.1:${await freePort()}`);
    const before = transport.retryBudget.left('transient');

    const call = service.rerank({ query: 'q', documents });

    await expect(call).rejects.toMatchObject({ code: 'COHERE_UNREACHABLE' });
    expect(before - transport.retryBudget.left('transient')).toBe(2 * 14);
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

describe('docs/reliability.md', () => {
  const faults = [NETWORK, TIME, BODIES, STATUSES, RETRY_AFTER].flat();

  it('shows the outcome of each fault', ({ skip }) => {
    if (faultTable.size < faults.length + scenes.length) {
      skip('only a part of the faults was run');
    }
    expect(faultTable.size).toBeGreaterThanOrEqual(60);
    const { found, expected } = faultTable.page();
    expect(found).toBe(expected);
  });
});

it('a tenant that is throttled takes no retry from another tenant', async () => {
  let requests = 0;
  const stub = await StubCohere.start((request, response) => {
    const isThrottled = request.headers.authorization === `Bearer ${TENANT_KEY}`;
    requests += 1;
    const answer = isThrottled
      ? json(429, { message: 'too many requests' }, { 'retry-after': '0.001' })
      : requests % 2 === 0
        ? ranking()
        : json(503, { message: 'busy' });
    answer(request, response);
  });
  const { service } = rerankOver(stub.url);
  const request = { query: 'q', documents: ['a'] };
  await Promise.all(
    Array.from({ length: 80 }, () => failureOf(service.forKey(TENANT_KEY).rerank(request))),
  );
  requests = 0;
  const others = Array.from({ length: 3 }, () => service.forKey(OTHER_KEY).rerank(request));
  await expect(Promise.all(others)).resolves.toHaveLength(3);
});
