import { expect, it, vi } from 'vitest';
import { rerankOver } from '../../support/rerank-over.js';
import { ranking, StubCohere, type Answer } from '../../support/stub-cohere.js';

/** Counts the requests that wait for an answer at the same time. */
function counting() {
  const most = { inFlight: 0 };
  let inFlight = 0;
  const answer: Answer = (request, response) => {
    inFlight += 1;
    most.inFlight = Math.max(most.inFlight, inFlight);
    setTimeout(() => {
      inFlight -= 1;
      ranking()(request, response);
    }, 5);
  };
  return { most, answer };
}

const late: Answer = (request, response) => {
  setTimeout(() => ranking()(request, response), 50);
};

it('a server never has more requests of an instance than its concurrency, forKey included', async () => {
  const { most, answer } = counting();
  const stub = await StubCohere.start(answer);
  const { service } = rerankOver(stub.url, { concurrency: 3, maxDocumentsPerRequest: 2 });
  const tenant = service.forKey('tenant-0123456789abcdefghijABCDEFGHIJ012');
  const documents = Array.from({ length: 8 }, (_, index) => `document ${index}`);
  await Promise.all(
    Array.from({ length: 10 }, (_, call) =>
      (call % 2 === 0 ? service : tenant).rerank({ query: 'q', documents }),
    ),
  );
  expect(stub.requests).toHaveLength(40);
  expect(most.inFlight).toBe(3);
});

it('calls are served in the order they came, and one that has aborted is passed over', async () => {
  const stub = await StubCohere.start(late, ranking());
  const { service } = rerankOver(stub.url, { concurrency: 1 });
  const controller = new AbortController();
  const calls = ['first', 'second', 'gone', 'fourth'].map((query) =>
    service.rerank(
      { query, documents: ['a'] },
      query === 'gone' ? { signal: controller.signal } : {},
    ),
  );
  await vi.waitFor(() => expect(stub.requests).toHaveLength(1), { interval: 5, timeout: 5_000 });
  controller.abort();
  const outcomes = await Promise.allSettled(calls);
  expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([true, true, false, true]);
  expect(stub.requests.map(({ body }) => String(JSON.parse(body).query))).toEqual([
    'first',
    'second',
    'fourth',
  ]);
});
