import { Test } from '@nestjs/testing';
import { CohereTestingController, CohereTestingModule } from 'nestjs-cohere/testing';
import { expect, it } from 'vitest';
import { AppModule, cohere } from './app.module.js';
import { SearchService } from './search.service.js';

it('runs the whole app without Cohere', async () => {
  const module = await Test.createTestingModule({ imports: [AppModule] })
    .overrideModule(cohere)
    .useModule(CohereTestingModule)
    .compile();
  await module.init();
  module.get(CohereTestingController).failNext('COHERE_RATE_LIMITED');
  await expect(module.get(SearchService).best('refund')).rejects.toMatchObject({
    code: 'COHERE_RATE_LIMITED',
  });
  await module.close();
});
