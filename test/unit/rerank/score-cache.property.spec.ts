import { createHash } from 'node:crypto';
import { createCache } from 'cache-manager';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RerankRequest } from '../../../lib/rerank/rerank.interface.js';
import { rerankOver } from '../../support/rerank-over.js';
import { ranking, StubCohere } from '../../support/stub-cohere.js';

/** Few enough scores that ties are common, 0 and 1 among them. */
function scoreOf(text: string): number {
  return ((createHash('sha256').update(text).digest()[0] ?? 0) % 6) / 5;
}

const POOL = ['a', 'bb', 'ccc', 'dddd', 'eeeee', 'a ', 'é', '🚢', '0', ' ', ''];

const request: fc.Arbitrary<RerankRequest<string | { text: string }>> = fc.record(
  {
    query: fc.constantFrom('one', 'two'),
    documents: fc.array(
      fc.oneof(
        fc.constantFrom(...POOL),
        fc.constantFrom(...POOL).map((text) => ({ text })),
      ),
      { maxLength: 14 },
    ),
    topN: fc.integer({ min: 1, max: 16 }),
    minRelevanceScore: fc.constantFrom(0, 0.2, 0.5, 1),
    maxTokensPerDoc: fc.constantFrom(100, 4_096),
  },
  { requiredKeys: ['query', 'documents'] },
);

describe('a call with scoreCache', () => {
  it('returns the same as a call without it, after and during any other calls', async () => {
    const cohere = await StubCohere.start(ranking(scoreOf));
    const plain = rerankOver(cohere.url, { maxDocumentsPerRequest: 4 }).service;

    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(request, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 }),
        async (rounds) => {
          const { service } = rerankOver(cohere.url, {
            maxDocumentsPerRequest: 4,
            scoreCache: { store: createCache(), ttlMs: 60_000 },
          });
          for (const concurrent of rounds) {
            // oxlint-disable-next-line no-await-in-loop
            const cached = await Promise.all(concurrent.map((each) => service.rerank(each)));
            // oxlint-disable-next-line no-await-in-loop
            const uncached = await Promise.all(concurrent.map((each) => plain.rerank(each)));
            expect(cached.map(({ results }) => results)).toEqual(
              uncached.map(({ results }) => results),
            );
            cached.forEach(({ results }, call) => {
              for (const { document, index } of results) {
                expect(document).toBe(concurrent[call]?.documents[index]);
              }
            });
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
