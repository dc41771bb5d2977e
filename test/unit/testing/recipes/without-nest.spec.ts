import { CohereTestingController } from 'nestjs-cohere/testing';
import { expect, it } from 'vitest';
import { SearchService } from './search.service.js';

it('finds the article that scores best', async () => {
  const cohere = new CohereTestingController({
    score: (_query, text) => (text.includes('Parcels') ? 0.9 : 0.1),
  });
  const search = new SearchService(cohere.rerank);
  expect(await search.best('anything')).toBe('Shipping');
});
