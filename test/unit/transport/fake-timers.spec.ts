import { afterEach, expect, it, vi } from 'vitest';
import { rerankOver } from '../../support/rerank-over.js';
import { ranking, StubCohere } from '../../support/stub-cohere.js';

afterEach(() => {
  vi.useRealTimers();
});

it('a call is answered while the tests of the app hold the timers', async () => {
  const stub = await StubCohere.start(ranking());
  const { service } = rerankOver(stub.url);
  vi.useFakeTimers();

  const { results } = await service.rerank({ query: 'q', documents: ['a', 'b'] });
  expect(results).toHaveLength(2);
  await service.rerank({ query: 'q', documents: ['a'] });
  await Promise.all([1, 2, 3].map(() => service.rerank({ query: 'q', documents: ['a'] })));
  expect(stub.requests).toHaveLength(5);
});

it('a long conversion does not wait for them', async () => {
  const stub = await StubCohere.start(ranking());
  const { service } = rerankOver(stub.url);
  vi.useFakeTimers({ toFake: ['setImmediate'] });

  const { results } = await service.rerank({
    query: 'q',
    documents: ['a', 'b', 'c'],
    toText: slowly,
  });
  expect(results).toHaveLength(3);
});

function slowly(document: string): string {
  const endsAt = performance.now() + 15;
  while (performance.now() < endsAt);
  return document;
}
