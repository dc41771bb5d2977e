import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createCohereClient } from '../../lib/transport/client/cohere-client.factory.js';
import { failureOf, rerankOver, settingsFor } from '../support/rerank-over.js';
import { type Answer, json, ranking, StubCohere } from '../support/stub-cohere.js';

const REQUEST = { query: 'q', documents: ['a', 'b'] };
const CHAT = { model: 'command', messages: [{ role: 'user' as const, content: 'hi' }] };
const NO_RETRIES = { maxRetries: 0 };

/** Answers otherwise once it is told to, on the connections that are open by then. */
class MovingCohere {
  /** The server is gone behind the connections of this set. */
  left: ReadonlySet<Socket> = new Set();
  readonly answer: Answer = (request, response) => {
    const isLeft = response.socket !== null && this.left.has(response.socket);
    (isLeft ? this.#before : this.#after)(request, response);
  };
  readonly #before: Answer;
  readonly #after: Answer;

  constructor(before: Answer, after: Answer = ranking()) {
    this.#before = before;
    this.#after = after;
  }
}

const cut: Answer = (_, response) => response.socket?.destroy();
const reset: Answer = (_, response) => response.socket?.resetAndDestroy();
const begun: Answer = (_, response) => {
  response.socket?.write('HTTP/1.1 200 O', () => response.socket?.destroy());
};
const busy = json(503, { message: 'the node is about to go' });

/** A service with so many open connections to a server that then moves away from them. */
async function movedAway(before: Answer, { concurrency = 4, after = ranking() } = {}) {
  const cohere = new MovingCohere(before, after);
  const stub = await StubCohere.start((request, response) => {
    // All requests of the first round are open at the same time.
    setTimeout(() => cohere.answer(request, response), 10);
  });
  const rig = rerankOver(stub.url, { concurrency });
  const round = (options: object) =>
    Promise.all(Array.from({ length: concurrency }, () => rig.service.rerank(REQUEST, options)));
  await round({});
  stub.requests.length = 0;
  cohere.left = new Set(stub.connections);
  return { ...rig, stub, round };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a connection that the server has closed', () => {
  it.each([
    ['closes', cut],
    ['resets', reset],
  ])('costs no attempt if it %s', async (_, before) => {
    const { service, stub } = await movedAway(before);
    const { usage } = await service.rerank(REQUEST, NO_RETRIES);
    expect(usage).toMatchObject({ requests: 1, retries: 0 });
    expect(stub.requests).toHaveLength(2);
  });

  it('costs a hundred concurrent calls no attempt, no retry budget and no additional connections', async () => {
    const { transport, stub, round } = await movedAway(reset, { concurrency: 100 });
    let most = 0;
    const timer = setInterval(() => {
      most = Math.max(most, transport.openSockets);
    }, 1);
    await expect(round(NO_RETRIES)).resolves.toHaveLength(100);
    clearInterval(timer);
    expect(transport.retryBudget.left('transient')).toBe(500);
    expect(stub.connectionCount).toBe(200);
    expect(most).toBeLessThanOrEqual(100);
  });

  it('makes idle connections suspect, so that the request is sent again over a new one', async () => {
    const { service, stub } = await movedAway(cut, { concurrency: 8 });
    await service.rerank(REQUEST, NO_RETRIES);
    await vi.waitFor(() => expect(stub.connections.size).toBe(1));
  });

  it('costs the key check and the injected client no attempt', async () => {
    const both: Answer = json(200, { valid: true, id: '1', message: { role: 'assistant' } });
    const { service, transport, keys, stub } = await movedAway(cut, { concurrency: 2 });
    stub.keyCheck = both;
    expect(await service.checkKey()).toMatchObject({ verdict: 'valid' });

    const settings = settingsFor(stub.url, NO_RETRIES);
    const client = await createCohereClient(transport, keys, settings);
    const moving = new MovingCohere(cut, both);
    moving.left = new Set(stub.connections);
    stub.script(moving.answer);
    await expect(client.chat(CHAT)).resolves.toMatchObject({ id: '1' });
    moving.left = new Set(stub.connections);
    await expect(client.chatStream(CHAT)).resolves.toBeDefined();
  });

  it('fails an upload, which cannot be sent again', async () => {
    const { transport, stub } = await movedAway(cut, { concurrency: 1 });
    const { signal } = new AbortController();
    const body = Readable.from(['{}']);
    const upload = { origin: stub.url, path: '/', method: 'POST' as const, body };
    await failureOf(transport.exchange(upload, signal, 1_000));
    expect(stub.requests.length).toBeLessThanOrEqual(1);
  });

  it('counts as an attempt if it was new', async () => {
    const stub = await StubCohere.start(reset);
    const { service } = rerankOver(stub.url);
    await failureOf(service.rerank(REQUEST, NO_RETRIES));
    expect(stub.requests).toHaveLength(1);
  });

  it('counts as an attempt after part of the response', async () => {
    const { service, stub } = await movedAway(begun, { concurrency: 1 });
    await failureOf(service.rerank(REQUEST, NO_RETRIES));
    expect(stub.requests).toHaveLength(1);
  });
});

describe('a draining node', () => {
  it('is left by the retry: no call with a retry left fails', async () => {
    const { stub, round } = await movedAway(busy, { concurrency: 8 });
    const rankings = await round({ maxRetries: 1 });
    expect(rankings.every(({ usage }) => usage.retries <= 1)).toBe(true);
    expect(stub.connections.size).toBeLessThanOrEqual(8);
  });

  it('is not used again over its idle connections', async () => {
    const { service, stub } = await movedAway(busy, { concurrency: 8 });
    await service.rerank(REQUEST, { maxRetries: 1 });
    const { usage } = await service.rerank(REQUEST, NO_RETRIES);
    expect(usage.retries).toBe(0);
    await vi.waitFor(() => expect(stub.connections.size).toBe(1));
  });

  it('keeps its connections if nothing is retried', async () => {
    const { service, stub } = await movedAway(busy, { concurrency: 2 });
    await failureOf(service.rerank(REQUEST, NO_RETRIES));
    await failureOf(service.rerank(REQUEST, NO_RETRIES));
    expect(stub.connectionCount).toBe(2);
  });
});

it('a connection that is some minutes old is not used again', async () => {
  const stub = await StubCohere.start(ranking());
  const { service } = rerankOver(stub.url);
  await service.rerank(REQUEST);
  await service.rerank(REQUEST);
  expect(stub.connectionCount).toBe(1);
  const now = performance.now() + 5 * 60_000;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  await service.rerank(REQUEST);
  expect(stub.connectionCount).toBe(2);
});
