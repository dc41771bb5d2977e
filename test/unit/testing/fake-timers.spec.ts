import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CohereModule, RateLimitError, RerankService } from 'nestjs-cohere';
import { CohereTestingController, CohereTestingModule } from 'nestjs-cohere/testing';
import { rerank } from './support/ask.js';
import { useEmulator } from './support/use-emulator.js';

const emulator = useEmulator();
const QUERY = { query: 'refund', documents: ['a river', 'a refund'] };

type FakeTimers = Parameters<typeof vi.useFakeTimers>[0];

const EVERY_TIMER: NonNullable<NonNullable<FakeTimers>['toFake']> = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'Date',
  'performance',
];

const SETS: readonly (readonly [string, FakeTimers])[] = [
  ['the default', undefined],
  ['every timer', { toFake: EVERY_TIMER }],
  ['every timer and queueMicrotask', { toFake: [...EVERY_TIMER, 'queueMicrotask'] }],
];

afterEach(() => {
  vi.useRealTimers();
});

describe.each(SETS)('under fake timers (%s)', (_name, options) => {
  it('a CohereTestingController ranks, checks the key and fails as scripted', async () => {
    vi.useFakeTimers(options);
    const testing = new CohereTestingController();
    const { results } = await testing.rerank.rerank(QUERY);
    expect(results[0]?.document).toBe('a refund');
    expect(await testing.rerank.checkKey()).toMatchObject({ verdict: 'valid' });
    testing.failNext('COHERE_RATE_LIMITED');
    await expect(testing.rerank.rerank(QUERY)).rejects.toThrow(RateLimitError);
    for await (const { response } of testing.rerank.rerankEach([QUERY, QUERY])) {
      expect(response?.results).toHaveLength(2);
    }
  });

  it('a CohereTestingModule compiles, ranks and closes', async () => {
    vi.useFakeTimers(options);
    const module = await Test.createTestingModule({ imports: [CohereTestingModule] }).compile();
    const { results } = await module.get(RerankService).rerank(QUERY);
    expect(results[0]?.document).toBe('a refund');
    await module.close();
  });
});

it('an app boots and ranks under fake timers, with an emulator that answers late', async () => {
  const late = await emulator.start({ latencyMs: 5 });
  vi.useFakeTimers();
  const options = { apiKey: late.keys.active, baseUrl: late.url };
  const module = await Test.createTestingModule({
    imports: [CohereModule.forRoot(options)],
  }).compile();
  await module.init();
  const { results } = await module.get(RerankService).rerank(QUERY);
  expect(results[0]?.document).toBe('a refund');
  await module.close();
  expect((await rerank(late)).status).toBe(200);
});
