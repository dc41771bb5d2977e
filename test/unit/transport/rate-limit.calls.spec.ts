import { RateLimiterMemory } from 'rate-limiter-flexible';
import { describe, expect, it } from 'vitest';
import type { RateLimiter } from '../../../lib/config/shared-stores.js';
import { diagnose } from '../../../lib/diagnosis/diagnose.js';
import { RateLimitError } from '../../../lib/diagnosis/errors.js';
import { createCohereClient } from '../../../lib/transport/client/cohere-client.factory.js';
import { failureOf, rerankOver, settingsFor } from '../../support/rerank-over.js';
import { json, ranking, StubCohere } from '../../support/stub-cohere.js';
import { TENANT_KEY } from '../../support/keys.js';

const REQUEST = { query: 'q', documents: ['a', 'b', 'c', 'd'] };
const throttled = json(429, { message: 'too many requests' }, { 'retry-after': '1' });

/** A limiter that lets everything go, and counts. */
class Counter implements RateLimiter {
  consumed = 0;
  readonly blocked: number[] = [];

  consume(): Promise<unknown> {
    this.consumed += 1;
    return Promise.resolve();
  }

  block(_: string, seconds: number): Promise<unknown> {
    this.blocked.push(seconds);
    return Promise.resolve();
  }
}

/** A service whose one point of the minute is gone. */
async function spent() {
  const cohere = await StubCohere.start(ranking());
  const rateLimiter = new RateLimiterMemory({ points: 1, duration: 60 });
  const rig = rerankOver(cohere.url, { rateLimiter });
  await rig.service.rerank(REQUEST);
  return { cohere, ...rig };
}

describe('one point of the rate limiter is taken', () => {
  it('for each request of a call that is split', async () => {
    const cohere = await StubCohere.start(ranking());
    const rateLimiter = new Counter();
    const { service } = rerankOver(cohere.url, { rateLimiter, maxDocumentsPerRequest: 1 });
    await service.rerank(REQUEST);
    expect(rateLimiter.consumed).toBe(4);
  });

  it('when the request can be sent, not while others keep it waiting', async () => {
    const consumedWhenSent: number[] = [];
    const rateLimiter = new Counter();
    const cohere = await StubCohere.start((request, response) => {
      consumedWhenSent.push(rateLimiter.consumed);
      ranking()(request, response);
    });
    const { service } = rerankOver(cohere.url, { rateLimiter, concurrency: 1 });
    await Promise.all([1, 2, 3].map(() => service.rerank(REQUEST)));
    expect(consumedWhenSent).toEqual([1, 2, 3]);
  });

  it('for each retry', async () => {
    const cohere = await StubCohere.start(json(503, {}), json(503, {}), ranking());
    const rateLimiter = new Counter();
    const { service } = rerankOver(cohere.url, { rateLimiter });
    await service.rerank(REQUEST);
    expect(rateLimiter.consumed).toBe(3);
  });

  it('for the probe that reranks, not for the one that checks the key', async () => {
    const cohere = await StubCohere.start(json(200, { valid: true }), ranking());
    const rateLimiter = new Counter();
    const { service } = rerankOver(cohere.url, { rateLimiter });
    await service.checkKey();
    expect(rateLimiter.consumed).toBe(0);
    await service.checkKey({ mode: 'rerank' });
    expect(rateLimiter.consumed).toBe(1);
  });

  it('for each request of the injected client', async () => {
    const cohere = await StubCohere.start(ranking());
    const rateLimiter = new Counter();
    const { transport, keys } = rerankOver(cohere.url, { rateLimiter });
    const client = await createCohereClient(transport, keys, settingsFor(cohere.url));
    await client.rerank({ model: 'm', ...REQUEST });
    expect(rateLimiter.consumed).toBe(1);
  });

  it('for no call that needs no request', async () => {
    const cohere = await StubCohere.start(ranking());
    const rateLimiter = new Counter();
    const { service } = rerankOver(cohere.url, { rateLimiter });
    await service.rerank({ query: 'q', documents: ['', ' '] });
    expect(rateLimiter.consumed).toBe(0);
  });
});

describe('a 429 with Retry-After', () => {
  it('blocks the key before the call itself tries again', async () => {
    const cohere = await StubCohere.start(throttled, ranking());
    const rateLimiter = new Counter();
    const { service } = rerankOver(cohere.url, { rateLimiter });
    await service.rerank(REQUEST);
    expect(rateLimiter.blocked).toEqual([1]);
  });

  it('blocks the key even if the call has no time left to retry', async () => {
    const cohere = await StubCohere.start(throttled);
    const rateLimiter = new Counter();
    const { service } = rerankOver(cohere.url, { rateLimiter });
    await failureOf(service.rerank(REQUEST, { maxRetries: 0 }));
    expect(rateLimiter.blocked).toEqual([1]);
  });

  it('about the monthly quota blocks nothing', async () => {
    const message = 'You are using a Trial key, which is limited to 1000 API calls / month';
    const cohere = await StubCohere.start(json(429, { message }, { 'retry-after': '60' }));
    const rateLimiter = new Counter();
    const { service } = rerankOver(cohere.url, { rateLimiter });
    await failureOf(service.rerank(REQUEST));
    expect(rateLimiter.blocked).toEqual([]);
  });
});

describe('a call for which no point is left in time', () => {
  it('fails at once with retryAfterMs, and no request is sent', async () => {
    const { cohere, service } = await spent();
    const error = await failureOf(service.rerank(REQUEST));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error instanceof RateLimitError && error.retryAfterMs).toBeGreaterThan(50_000);
    expect(cohere.requests).toHaveLength(1);
  });

  it('does not delay a tenant with its own budget', async () => {
    const { service } = await spent();
    const waiting = Array.from({ length: 32 }, () =>
      failureOf(service.rerank(REQUEST, { timeoutMs: 90_000, signal: AbortSignal.timeout(300) })),
    );
    const tenant = service.forKey(TENANT_KEY);
    expect((await tenant.rerank(REQUEST)).results).toHaveLength(4);
    await Promise.all(waiting);
  });

  it('is a 429 of the SDK to the injected client', async () => {
    const { cohere, transport, keys } = await spent();
    const client = await createCohereClient(transport, keys, settingsFor(cohere.url));
    const error = await failureOf(client.rerank({ model: 'm', ...REQUEST }));
    expect(error).toMatchObject({ statusCode: 429 });
    expect(diagnose(error)?.code).toBe('COHERE_RATE_LIMITED');
    expect(cohere.requests).toHaveLength(1);
  });
});
