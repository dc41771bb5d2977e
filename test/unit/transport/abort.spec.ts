import { getEventListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RerankEndpoint } from '../../../lib/rerank/rerank-endpoint.js';
import { failureOf, rerankOver, type RerankRig } from '../../support/rerank-over.js';
import {
  drip,
  hang,
  hangInBody,
  json,
  ranking,
  StubCohere,
  type Answer,
} from '../../support/stub-cohere.js';

const REQUEST = { query: 'q', documents: ['a', 'b'] };
/** A signal may abort with anything; it comes back as it is. */
const REASON = { why: 'the user went away' };
const AT_ONCE_MS = 1_500;

const throttled: Answer = json(429, { message: 'please wait' }, { 'retry-after': '5' });

/** A rig that has loaded what it needs, so that a request is there soon after its call. */
async function loaded(...args: Parameters<typeof rerankOver>): Promise<RerankRig> {
  const rig = rerankOver(...args);
  await rig.transport.load();
  return rig;
}

function arrived(stub: StubCohere, count: number): Promise<void> {
  return vi.waitFor(() => expect(stub.requests).toHaveLength(count), { timeout: 5_000 });
}

/** How long after the abort the call ended, and with what. */
async function abortNow(controller: AbortController, call: Promise<unknown>) {
  const failing = failureOf(call);
  const start = performance.now();
  controller.abort(REASON);
  const error = await failing;
  return { error, elapsedMs: performance.now() - start };
}

describe('an aborted rerank rejects with the reason of the signal', () => {
  it('and sends nothing when it was aborted before', async () => {
    const stub = await StubCohere.start(ranking());
    const { service } = await loaded(stub.url);
    const call = service.rerank(REQUEST, { signal: AbortSignal.abort(REASON) });
    expect(await failureOf(call)).toBe(REASON);
    expect(stub.connectionCount).toBe(0);
  });

  it('and is never sent when it was waiting for a slot', async () => {
    const stub = await StubCohere.start(hang);
    const { service, transport } = await loaded(stub.url, { concurrency: 1 });
    const [first, second] = [new AbortController(), new AbortController()];
    const ahead = service.rerank(REQUEST, { signal: first.signal });
    await arrived(stub, 1);
    const queued = service.rerank(REQUEST, { signal: second.signal });
    const { error, elapsedMs } = await abortNow(second, queued);
    expect(error).toBe(REASON);
    expect(elapsedMs).toBeLessThan(AT_ONCE_MS);
    expect(transport.concurrency.inFlight).toBe(1);
    await abortNow(first, ahead);
    expect(transport.concurrency.inFlight).toBe(0);
    expect(stub.requests).toHaveLength(1);
  });

  it.each([
    ['no answer has begun', hang],
    ['the body is on its way', hangInBody],
    ['the body drips', drip],
    ['the next attempt waits for its time', throttled],
  ] satisfies [string, Answer][])('at once, while %s', async (_name, answer) => {
    const stub = await StubCohere.start(answer);
    const { service, transport } = await loaded(stub.url);
    const controller = new AbortController();
    const call = service.rerank(REQUEST, { signal: controller.signal });
    await arrived(stub, 1);
    await pause(50); // What the server has sent by then has arrived.
    const { error, elapsedMs } = await abortNow(controller, call);
    expect(error).toBe(REASON);
    expect(elapsedMs).toBeLessThan(AT_ONCE_MS);
    expect(stub.requests).toHaveLength(1);
    expect(transport.concurrency.inFlight).toBe(0);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('whatever made the signal', async () => {
    const stub = await StubCohere.start(hang);
    const { service } = await loaded(stub.url);
    const signal = AbortSignal.timeout(100);
    const error = await failureOf(service.rerank(REQUEST, { signal }));
    expect(error).toBe(signal.reason);
    expect(error).toBeInstanceOf(DOMException);
  });

  it('for all requests of a call that was split', async () => {
    const stub = await StubCohere.start(hang);
    const { service, transport } = await loaded(stub.url, { maxDocumentsPerRequest: 1 });
    const controller = new AbortController();
    const documents = Array.from({ length: 20 }, (_, index) => `document ${index}`);
    const call = service.rerank({ query: 'q', documents }, { signal: controller.signal });
    await arrived(stub, 16);
    const { error } = await abortNow(controller, call);
    expect(error).toBe(REASON);
    await vi.waitFor(() => expect(stub.connections.size).toBe(0));
    expect(stub.requests).toHaveLength(16);
    expect(transport.concurrency.inFlight).toBe(0);
  });
});

describe('one signal for many calls', () => {
  const CALLS = 10_000;
  const warnings: Error[] = [];
  const collect = (warning: Error) => warnings.push(warning);
  beforeEach(() => {
    warnings.length = 0;
    process.on('warning', collect);
  });
  afterEach(() => {
    process.off('warning', collect);
  });

  const atOnce: RerankEndpoint = {
    rerank: async ({ documents }) => {
      await new Promise(setImmediate);
      return { results: documents.map((_, index) => ({ index, relevance_score: 0.5 })) };
    },
  };

  function overFake(): RerankRig {
    return rerankOver('http://cohere.test', {
      endpoint: atOnce,
      concurrency: 1_000,
      timeoutMs: 60_000,
    });
  }

  async function expectNoTrace(signal: AbortSignal): Promise<void> {
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    await new Promise(setImmediate);
    expect(warnings).toEqual([]);
  }

  it('gets one listener while they go on together, and none after', async () => {
    const { service } = overFake();
    const { signal } = new AbortController();
    const calls = Array.from({ length: CALLS }, () => service.rerank(REQUEST, { signal }));
    await new Promise(setImmediate);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await Promise.all(calls);
    await expectNoTrace(signal);
  });

  it('keeps no listener of calls that came one after another', async () => {
    const { service } = overFake();
    const { signal } = new AbortController();
    for (let call = 0; call < CALLS; call += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after another is the point
      await service.rerank(REQUEST, { signal });
    }
    await expectNoTrace(signal);
  });

  it("warns of no listener leak over real connections, with more batches than Node's limit", async () => {
    const stub = await StubCohere.start(ranking());
    const { service } = await loaded(stub.url, { maxDocumentsPerRequest: 1 });
    const { signal } = new AbortController();
    const documents = Array.from({ length: 40 }, (_, index) => `document ${index}`);
    const calls = Array.from({ length: 5 }, () =>
      service.rerank({ query: 'q', documents }, { signal }),
    );
    await Promise.all(calls);
    expect(stub.requests).toHaveLength(200);
    await expectNoTrace(signal);
  });
});
