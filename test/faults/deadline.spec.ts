import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { diagnosisOf } from '../support/diagnosis-of.js';
import { failureOf, rerankOver } from '../support/rerank-over.js';
import {
  drip,
  hang,
  hangInBody,
  json,
  ranking,
  StubCohere,
  type Answer,
} from '../support/stub-cohere.js';
import type { RerankService } from '../../lib/rerank/rerank.service.js';

const REQUEST = { query: 'capital of France', documents: ['Berlin', 'Paris', 'Rome'] };
const DEADLINE_MS = 5_000;
const SHORT_DEADLINE_MS = 300;
/** What a busy machine may add. */
const SLACK_MS = 1_500;

beforeEach(() => {
  // Back-off with full jitter, at its shortest.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** A service that has loaded what it needs: a short deadline is not for that. */
async function serviceOver(...args: Parameters<typeof rerankOver>): Promise<RerankService> {
  const { service, transport } = rerankOver(...args);
  await transport.load();
  return service;
}

async function elapsedMs(call: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await call.catch(() => undefined);
  return performance.now() - start;
}

const hangInErrorBody: Answer = (_, response) => {
  response.writeHead(503, { 'content-type': 'application/json' });
  response.write('{"message":');
};

const throttled = (retryAfter: () => string): Answer => {
  return (request, response) =>
    json(429, { message: 'please wait' }, { 'retry-after': retryAfter() })(request, response);
};

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toUTCString();

describe('the deadline of a call', () => {
  it.each([
    ['a hang before the headers', hang],
    ['a hang in the body', hangInBody],
    ['a hang in the body of an error', hangInErrorBody],
    ['a slow drip', drip],
  ] satisfies [string, Answer][])('ends %s, and frees its connection', async (_name, answer) => {
    const stub = await StubCohere.start(answer);
    const service = await serviceOver(stub.url, { timeoutMs: SHORT_DEADLINE_MS });
    const call = service.rerank(REQUEST);
    expect(await elapsedMs(call)).toBeLessThan(SHORT_DEADLINE_MS + SLACK_MS);
    expect(await diagnosisOf(call)).toMatchObject({ code: 'COHERE_TIMEOUT' });
    expect(stub.requests).toHaveLength(1);
    await vi.waitFor(() => expect(stub.connections.size).toBe(0));
  });

  it('is one for all attempts and the waits between them', async () => {
    const late: Answer = (_, response) =>
      void pause(SHORT_DEADLINE_MS / 2).then(() => response.writeHead(503).end('{}'));
    const stub = await StubCohere.start(late);
    const service = await serviceOver(stub.url, { timeoutMs: SHORT_DEADLINE_MS, maxRetries: 10 });
    const call = service.rerank(REQUEST);
    expect(await elapsedMs(call)).toBeLessThan(SHORT_DEADLINE_MS + SLACK_MS);
    expect(await diagnosisOf(call)).toMatchObject({ code: 'COHERE_TIMEOUT' });
    expect(stub.requests.length).toBeLessThanOrEqual(2);
  });

  it('is one for all requests of a call that was split', async () => {
    const stub = await StubCohere.start(ranking(), ranking(), hang);
    const service = await serviceOver(stub.url, {
      timeoutMs: SHORT_DEADLINE_MS,
      maxDocumentsPerRequest: 1,
      concurrency: 1,
    });
    const call = service.rerank({ query: 'q', documents: ['a', 'b', 'c', 'd'] });
    expect(await elapsedMs(call)).toBeLessThan(SHORT_DEADLINE_MS + SLACK_MS);
    expect(await diagnosisOf(call)).toMatchObject({ code: 'COHERE_TIMEOUT' });
    expect(stub.requests.length).toBeLessThanOrEqual(3);
  });

  it('covers the wait for a slot behind other calls', async () => {
    const stub = await StubCohere.start(hang);
    const service = await serviceOver(stub.url, { concurrency: 1 });
    const ahead = new AbortController();
    const blocking = failureOf(service.rerank(REQUEST, { signal: ahead.signal }));
    await vi.waitFor(() => expect(stub.requests).toHaveLength(1));
    const { code, detail } = await diagnosisOf(
      service.rerank(REQUEST, { timeoutMs: SHORT_DEADLINE_MS }),
    );
    expect(code).toBe('COHERE_TIMEOUT');
    expect(detail).toContain('waiting for its turn');
    expect(stub.requests).toHaveLength(1);
    ahead.abort();
    await blocking;
  });
});

describe('Retry-After', () => {
  it.each([
    ['a fraction', () => '0.2', 190],
    ['seconds', () => '1', 950],
    // A date has whole seconds only: one that is two seconds away may be little more than one.
    ['a date', () => inSeconds(2), 950],
  ])('as %s is respected', async (_name, retryAfter, atLeastMs) => {
    const stub = await StubCohere.start(throttled(retryAfter), ranking());
    const service = await serviceOver(stub.url);
    expect(await elapsedMs(service.rerank(REQUEST))).toBeGreaterThan(atLeastMs);
    expect(stub.requests).toHaveLength(2);
  });

  it.each([
    ['seconds', '60'],
    ['a date', inSeconds(60)],
  ])('as %s beyond the deadline fails at once', async (_name, retryAfter) => {
    const stub = await StubCohere.start(throttled(() => retryAfter));
    const service = await serviceOver(stub.url, { timeoutMs: DEADLINE_MS });
    const call = service.rerank(REQUEST);
    expect(await elapsedMs(call)).toBeLessThan(DEADLINE_MS / 2);
    const error = await failureOf(call);
    expect(error).toMatchObject({ code: 'COHERE_RATE_LIMITED', retryAfterMs: expect.any(Number) });
    const retryAfterMs = Number(Reflect.get(Object(error), 'retryAfterMs'));
    expect(retryAfterMs).toBeGreaterThan(30_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
    expect(stub.requests).toHaveLength(1);
  });

  it('does not cause a retry of an exhausted monthly quota', async () => {
    const message = 'You are using a Trial key, which is limited to 1000 API calls / month.';
    const stub = await StubCohere.start(json(429, { message }, { 'retry-after': '0' }));
    const service = await serviceOver(stub.url);
    expect(await diagnosisOf(service.rerank(REQUEST))).toMatchObject({
      code: 'COHERE_QUOTA_EXHAUSTED',
    });
    expect(stub.requests).toHaveLength(1);
  });
});

it('a refused connection is tried three times', async () => {
  const stub = await StubCohere.start();
  const service = await serviceOver(stub.url);
  const { port } = new URL(stub.url);
  await stub.stop();
  let attempts = 0;
  const count = (message: unknown) => {
    attempts += JSON.stringify(message, ['connectParams', 'port']).includes(`"${port}"`) ? 1 : 0;
  };
  subscribe('undici:client:connectError', count);
  const { code, detail } = await diagnosisOf(service.rerank(REQUEST));
  unsubscribe('undici:client:connectError', count);
  expect(code).toBe('COHERE_UNREACHABLE');
  expect(detail).toContain('ECONNREFUSED');
  expect(attempts).toBe(3);
});
