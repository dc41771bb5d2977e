import { Test } from '@nestjs/testing';
import { RerankService } from 'nestjs-cohere';
import { CohereTestingController } from 'nestjs-cohere/testing';
import { expect, it, vi } from 'vitest';
import { AppModule } from './app.module.js';
import { SearchService } from './search.service.js';

it('keeps the module, its configuration and its filter', async () => {
  vi.stubEnv('COHERE_API_KEY', 'Zk3vQ9pLw2Xc7RtB5nMs8Yd1Hf6Gj4Ka0Ue9TiVo');
  vi.stubEnv('COHERE_STARTUP_CHECK', 'off');
  const cohere = new CohereTestingController();
  const module = await Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(RerankService)
    .useValue(cohere.rerank)
    .compile();
  await module.init();
  expect(await module.get(SearchService).best('refund my money')).toBe('Refunds');
  await module.close();
  vi.unstubAllEnvs();
});
