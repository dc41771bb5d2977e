import { Test } from '@nestjs/testing';
import { AuthenticationError } from 'nestjs-cohere';
import { CohereTestingController, CohereTestingModule } from 'nestjs-cohere/testing';
import { beforeEach, expect, it } from 'vitest';
import { SearchService } from './search.service.js';

let search: SearchService;
let cohere: CohereTestingController;

beforeEach(async () => {
  const module = await Test.createTestingModule({
    imports: [CohereTestingModule.forRoot()],
    providers: [SearchService],
  }).compile();
  search = module.get(SearchService);
  cohere = module.get(CohereTestingController);
});

it('finds the article', async () => {
  expect(await search.best('refund my money')).toBe('Refunds');
  expect(cohere.calls[0]).toMatchObject({ query: 'refund my money', topN: 1 });
});

it('lets an expired key through to the exception filter', async () => {
  cohere.failNext('COHERE_API_KEY_EXPIRED');
  await expect(search.best('refund')).rejects.toThrow(AuthenticationError);
});
