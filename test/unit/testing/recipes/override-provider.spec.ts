import { Test } from '@nestjs/testing';
import { RerankService } from 'nestjs-cohere';
import { CohereTestingController } from 'nestjs-cohere/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AppModule } from './app.module.js';
import { SearchService } from './search.service.js';

beforeAll(() => {
  process.env['COHERE_API_KEY'] = 'Zk3vQ9pLw2Xc7RtB5nMs8Yd1Hf6Gj4Ka0Ue9TiVo';
  process.env['COHERE_STARTUP_CHECK'] = 'off';
});

afterAll(() => {
  delete process.env['COHERE_API_KEY'];
  delete process.env['COHERE_STARTUP_CHECK'];
});

it('keeps the module, its configuration and its filter', async () => {
  const cohere = new CohereTestingController();
  const module = await Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(RerankService)
    .useValue(cohere.rerank)
    .compile();
  await module.init();
  expect(await module.get(SearchService).best('refund my money')).toBe('Refunds');
  await module.close();
});
