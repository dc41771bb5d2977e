import { describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../../lib/diagnosis/diagnosis.interface.js';
import { InvalidRequestError } from '../../../lib/diagnosis/errors.js';
import { failureOf, rerankOver } from '../../support/rerank-over.js';
import {
  type Answer,
  hang,
  html,
  json,
  ranking,
  resetBeforeHeaders,
  StubCohere,
  unauthorized,
} from '../../support/stub-cohere.js';
import { aborted, scoresOf, scripted } from './support/scripted-endpoint.js';

const query = 'q';
const documents = [{ id: 1 }, { id: 2 }, { id: 3 }];
const degrading = { onFailure: 'original-order', maxRetries: 0 } as const;

async function stubbed(answer: Answer, settings = {}) {
  const stub = await StubCohere.start(answer);
  return { stub, ...rerankOver(stub.url, { ...degrading, ...settings }) };
}

describe('with onFailure original-order, a call that Cohere cannot rank', () => {
  it.each([
    ['a server error', json(503, {}), 'COHERE_UPSTREAM_ERROR'],
    ['a lost connection', resetBeforeHeaders, 'COHERE_UNREACHABLE'],
    ['a network that refuses', html(403), 'COHERE_BLOCKED'],
    ['a response of another shape', json(200, {}), 'COHERE_RESPONSE_INVALID'],
    ['no response in time', hang, 'COHERE_TIMEOUT'],
    ['a rate limit', json(429, { message: 'slow down' }), 'COHERE_RATE_LIMITED'],
    [
      'a bill to pay',
      json(402, { message: 'Please add a payment method' }),
      'COHERE_BILLING_REQUIRED',
    ],
    ['a refused key', unauthorized, 'COHERE_API_KEY_REJECTED'],
  ])('for %s has the documents in their own order, and says why', async (_, answer, code) => {
    const { service, stub } = await stubbed(answer, { timeoutMs: 300 });
    stub.keyCheck = json(401, { message: 'invalid api token' });
    const response = await service.rerank({ query, documents, topN: 2, minRelevanceScore: 0.5 });
    expect(response).toEqual({
      results: [
        { document: documents[0], index: 0, relevanceScore: 0 },
        { document: documents[1], index: 1, relevanceScore: 0 },
      ],
      model: 'rerank-v5.0-fast',
      ids: [],
      usage: { requests: 0, retries: 0 },
      warnings: [],
      degraded: expect.objectContaining({ code, fix: expect.any(Array) }),
    });
    expect(response.results[0]?.document).toBe(documents[0]);
  });

  it.each([
    [undefined, [1, 3, 0, 2]],
    [3, [1, 3, 0]],
    [1, [1]],
    [9, [1, 3, 0, 2]],
  ])('has documents without text last, with a topN of %s', async (topN, order) => {
    const { service } = await stubbed(json(503, {}));
    const request = { query, documents: ['', 'a', ' ', 'b'], topN };
    const { results } = await service.rerank(request);
    expect(results.map(({ index }) => index)).toEqual(order);
  });

  it('is reported each time, so that the log can tell the incident', async () => {
    const seen: Diagnosis[] = [];
    const { service } = scripted(
      () => ({}),
      degrading,
      (diagnosis) => seen.push(diagnosis),
    );
    await service.rerank({ query, documents });
    await service.forKey('q7'.repeat(20)).rerank({ query, documents });
    expect(seen.map(({ code }) => code)).toEqual([
      'COHERE_RESPONSE_INVALID',
      'COHERE_RESPONSE_INVALID',
    ]);
  });

  it('is one of many: as soon as Cohere ranks again, the results are ranked', async () => {
    const { service, stub } = await stubbed(json(503, {}));
    expect(await service.rerank({ query, documents })).toHaveProperty('degraded');
    stub.script(ranking((_, index) => index / 10));
    const response = await service.rerank({ query, documents });
    expect(response.results.map(({ index }) => index)).toEqual([2, 1, 0]);
    expect(response).not.toHaveProperty('degraded');
  });
});

describe('onFailure', () => {
  it('of a call overrides that of the module, and forKey inherits it', async () => {
    const { service } = await stubbed(json(503, {}));
    const tenant = service.forKey('q7'.repeat(20));
    const strict = { onFailure: 'throw' } as const;
    expect(await tenant.rerank({ query, documents })).toHaveProperty('degraded');
    expect(await failureOf(tenant.rerank({ query, documents }, strict))).toMatchObject({
      code: 'COHERE_UPSTREAM_ERROR',
    });
    const other = await stubbed(json(503, {}), { onFailure: 'throw' });
    expect(
      await other.service.rerank({ query, documents }, { onFailure: 'original-order' }),
    ).toHaveProperty('degraded');
    expect(await failureOf(other.service.rerank({ query, documents }))).toBeDefined();
  });

  it('that is not one of the choices is refused', async () => {
    const { service } = scripted(scoresOf);
    const untyped: { rerank(request: object, options: object): Promise<unknown> } = service;
    const error = await failureOf(untyped.rerank({ query, documents }, { onFailure: 'ignore' }));
    expect(error).toBeInstanceOf(InvalidRequestError);
  });

  it.each([
    ['a wrong argument', { query: ' ' }, json(200, {}), 'COHERE_REQUEST_INVALID'],
    ['a request that Cohere refuses', {}, json(400, { message: 'no' }), 'COHERE_REQUEST_INVALID'],
    [
      'a document without a text',
      { toText: () => fail() },
      json(200, {}),
      'COHERE_REQUEST_INVALID',
    ],
    [
      'an unknown model',
      {},
      json(404, { message: "model 'x' not found" }),
      'COHERE_MODEL_NOT_FOUND',
    ],
  ])('does not hide a mistake: %s is thrown', async (_, wrong, answer, code) => {
    const { service } = await stubbed(answer);
    const error = await failureOf(service.rerank({ query, documents, ...wrong }));
    expect(error).toMatchObject({ code });
  });

  it("does not hide an abort, even if the signal's reason is an error of this library", async () => {
    const { service } = await stubbed(json(503, {}), { onFailure: 'throw' });
    const reason = await failureOf(service.rerank({ query, documents }));
    const { service: other } = scripted(async (_, { signal }) => {
      await aborted(signal);
      throw signal.reason;
    }, degrading);
    const controller = new AbortController();
    const call = other.rerank({ query, documents }, { signal: controller.signal });
    setImmediate(() => controller.abort(reason));
    expect(await failureOf(call)).toBe(reason);
  });

  it('never degrades an outcome of rerankEach', async () => {
    const { service } = await stubbed(json(503, {}));
    const options = { onFailure: 'original-order' } as const;
    for await (const { response, error } of service.rerankEach([{ query, documents }], options)) {
      expect(response).toBeUndefined();
      expect(error?.code).toBe('COHERE_UPSTREAM_ERROR');
    }
  });
});

function fail(): never {
  throw new Error('of toText');
}
