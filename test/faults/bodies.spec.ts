import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createCohereClient } from '../../lib/transport/client/cohere-client.factory.js';
import { InterruptedAttempt } from '../../lib/transport/attempt-failure.js';
import { diagnosisOf } from '../support/diagnosis-of.js';
import { failureOf, rerankOver, settingsFor } from '../support/rerank-over.js';
import { type Answer, json, StubCohere, text } from '../support/stub-cohere.js';

const REQUEST = { query: 'q', documents: ['a', 'b'] };
const NO_RETRIES = { maxRetries: 0 };
const RANKED = JSON.stringify({
  results: [
    { index: 0, relevance_score: 0.9 },
    { index: 1, relevance_score: 0.1 },
  ],
});
/** 60 MB of what takes a parser longest, in 58 kB. */
const BOMB = gzipSync(Buffer.alloc(60_000_000, '['), { level: 9 });
const CPU_MS = 1_000;

function encoded(status: number, coding: string, body: Buffer | string): Answer {
  return text(status, body, { 'content-type': 'application/json', 'content-encoding': coding });
}

/** Sends for as long as it is read. */
const endless =
  (status: number): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    const chunk = Buffer.alloc(1_000_000, '[');
    const more = () => {
      if (!response.destroyed) {
        response.write(chunk, more);
      }
    };
    more();
  };

async function cpuMsOf(run: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await run();
  return process.cpuUsage(before).user / 1_000;
}

describe('a body that decompresses to far more than its size', () => {
  it.each([
    [503, 'COHERE_UPSTREAM_ERROR'],
    [401, 'COHERE_API_KEY_REJECTED'],
    [200, 'COHERE_RESPONSE_INVALID'],
  ])('with status %i is abandoned early', async (status, code) => {
    const stub = await StubCohere.start(encoded(status, 'gzip', BOMB));
    stub.keyCheck = json(200, { valid: false });
    const { service } = rerankOver(stub.url);
    const cpuMs = await cpuMsOf(async () => {
      expect((await diagnosisOf(service.rerank(REQUEST, NO_RETRIES))).code).toBe(code);
    });
    expect(cpuMs).toBeLessThan(CPU_MS);
  });

  it('is abandoned early in a response of the key check, too', async () => {
    const stub = await StubCohere.start(encoded(200, 'gzip', BOMB));
    const { service } = rerankOver(stub.url);
    const cpuMs = await cpuMsOf(async () => {
      expect(await service.checkKey()).toMatchObject({
        verdict: 'undetermined',
        diagnosis: { code: 'COHERE_RESPONSE_INVALID' },
      });
    });
    expect(cpuMs).toBeLessThan(CPU_MS);
  });

  it('is abandoned early in a failure of the injected client, too', async () => {
    const stub = await StubCohere.start(encoded(503, 'gzip', BOMB));
    const { transport, keys } = rerankOver(stub.url);
    const settings = settingsFor(stub.url, NO_RETRIES);
    const client = await createCohereClient(transport, keys, settings);
    const cpuMs = await cpuMsOf(async () => {
      const call = client.chat({ model: 'm', messages: [] });
      expect(await failureOf(call)).toMatchObject({ statusCode: 503 });
    });
    expect(cpuMs).toBeLessThan(CPU_MS);
  });
});

/** Sends a head and the beginning of a body, and nothing more. */
const stalled =
  (status: number, body: string): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.write(body);
  };

it.each([
  [401, '{"message":"invalid', 'COHERE_API_KEY_REJECTED'],
  [503, '', 'COHERE_UPSTREAM_ERROR'],
])('a %i whose body never ends is judged by its status', async (status, body, code) => {
  const stub = await StubCohere.start(stalled(status, body));
  stub.keyCheck = json(200, { valid: false });
  const { service } = rerankOver(stub.url);
  expect((await diagnosisOf(service.rerank(REQUEST, NO_RETRIES))).code).toBe(code);
});

it('a key that is refused with a body that never ends is refused by the check', async () => {
  const stub = await StubCohere.start(stalled(401, ' '));
  stub.keyCheck = stalled(401, ' ');
  const { service } = rerankOver(stub.url);
  expect(await service.checkKey()).toMatchObject({
    verdict: 'rejected',
    diagnosis: { code: 'COHERE_API_KEY_REJECTED' },
  });
});

it.each([200, 503])('a body without an end is read up to a limit: %i', async (status) => {
  const stub = await StubCohere.start(endless(status));
  const { service } = rerankOver(stub.url);
  const cpuMs = await cpuMsOf(() => diagnosisOf(service.rerank(REQUEST, NO_RETRIES)));
  expect(cpuMs).toBeLessThan(CPU_MS);
});

describe('a ranking', () => {
  it.each([
    ['gzip', gzipSync(RANKED)],
    ['x-gzip', gzipSync(RANKED)],
    ['GZIP', gzipSync(RANKED)],
    ['br', brotliCompressSync(RANKED)],
    ['deflate', deflateSync(RANKED)],
    ['deflate', deflateRawSync(RANKED)],
    ['gzip, br', brotliCompressSync(gzipSync(RANKED))],
    ['identity, gzip', gzipSync(RANKED)],
    ['utf-8', RANKED],
    ['', RANKED],
    ['identity', RANKED],
    ['none', RANKED],
  ])('is read with the Content-Encoding %j', async (coding, body) => {
    const stub = await StubCohere.start(encoded(200, coding, body));
    const { results } = await rerankOver(stub.url).service.rerank(REQUEST);
    expect(results.map(({ relevanceScore }) => relevanceScore)).toEqual([0.9, 0.1]);
  });

  it.each([
    ['gzip', gzipSync(RANKED).subarray(0, 30)],
    ['gzip', Buffer.from(RANKED)],
    ['br', brotliCompressSync(RANKED).subarray(0, 10)],
    ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0])],
    ['gzip, gzip, gzip, gzip, gzip, gzip', gzipSync(RANKED)],
  ])('with a wrong Content-Encoding %j is invalid', async (coding, body) => {
    const stub = await StubCohere.start(encoded(200, coding, body));
    const { service } = rerankOver(stub.url);
    const { code } = await diagnosisOf(service.rerank(REQUEST, NO_RETRIES));
    expect(code).toBe('COHERE_RESPONSE_INVALID');
  });

  it.each([
    ['ü', String.raw`\u00fc`],
    // As servers in Go do.
    ['<', String.raw`\u003c`],
  ])('may return all documents in full, with each %s as %s', async (character, escaped) => {
    const documents = Array.from({ length: 500 }, () => character.repeat(1_000));
    const returned = JSON.stringify({
      results: documents.map((document, index) => ({
        index,
        relevance_score: 0.5,
        document: { text: document },
      })),
    }).replaceAll(character, escaped);
    const stub = await StubCohere.start(text(200, returned));
    const { service } = rerankOver(stub.url);
    expect((await service.rerank({ query: 'q', documents })).results).toHaveLength(500);
  });

  it('may have as many spans as its documents allow', async () => {
    const stub = await StubCohere.start();
    const { service } = rerankOver(stub.url);
    const spans = Array.from({ length: 100 }, (_, start) => ({
      start,
      end: start + 1,
      score: 0.123456,
    }));
    const scored = [0, 1].map((index) => ({ index, relevance_score: 0.5, relevant_spans: spans }));
    stub.script(json(200, { results: scored }));
    const long = ['x'.repeat(200), 'y'.repeat(200)];
    const { results } = await service.rerank({ query: 'q', documents: long, relevantSpans: true });
    expect(results[0]?.relevantSpans).toHaveLength(100);
  });
});

describe('a failure is judged by its status', () => {
  it.each([
    ['gzip', 'not gzip'],
    ['gzip', gzipSync('{"message":"invalid api token"}').subarray(0, 20)],
    ['br', 'not brotli'],
    ['zstd', Buffer.from([0x28, 0xb5])],
    ['gzip, gzip, gzip, gzip, gzip', 'x'],
  ])('where its body cannot be read: %j', async (coding, body) => {
    const stub = await StubCohere.start(encoded(401, coding, body));
    stub.keyCheck = json(200, { valid: false });
    const { service } = rerankOver(stub.url);
    const { code } = await diagnosisOf(service.rerank(REQUEST));
    expect(code).toBe('COHERE_API_KEY_REJECTED');
  });

  it('where the connection ends in the middle of its body', async () => {
    const stub = await StubCohere.start((_, response) => {
      response.writeHead(400, { 'content-type': 'application/json', 'content-length': 1_000 });
      response.write('{"message":"', () => response.socket?.destroy());
    });
    const { service } = rerankOver(stub.url);
    expect((await diagnosisOf(service.rerank(REQUEST))).code).toBe('COHERE_REQUEST_INVALID');
    expect(stub.requests).toHaveLength(1);
  });

  it('and by the start of its message', async () => {
    const message = `busy ${'x'.repeat(100_000)}`;
    const stub = await StubCohere.start(encoded(503, 'gzip', gzipSync(message)));
    const { service } = rerankOver(stub.url);
    const { detail } = await diagnosisOf(service.rerank(REQUEST, NO_RETRIES));
    expect(detail).toContain('answered 503');
  });
});

it('an answer whose decoding takes longer than its call ends with the call', async () => {
  let hasSent = false;
  const stub = await StubCohere.start((_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    response.end(BOMB, () => {
      hasSent = true;
    });
  });
  const { transport } = rerankOver(stub.url);
  const { origin } = transport;
  const controller = new AbortController();
  const exchange = transport.exchange(
    { origin, path: '/', method: 'GET' },
    controller.signal,
    100_000_000,
  );
  await expect.poll(() => hasSent, { interval: 1 }).toBe(true);
  setTimeout(() => controller.abort(), 10);
  expect(await failureOf(exchange)).toEqual(new InterruptedAttempt('body'));
});

it('a ranking that is encoded still ends with the deadline of its call', async () => {
  const stub = await StubCohere.start((_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    response.write(gzipSync(RANKED).subarray(0, 20));
  });
  const { service } = rerankOver(stub.url);
  const { code } = await diagnosisOf(service.rerank(REQUEST, { timeoutMs: 200 }));
  expect(code).toBe('COHERE_TIMEOUT');
});
