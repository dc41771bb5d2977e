import { Test } from '@nestjs/testing';
import { CohereModule, RerankService } from 'nestjs-cohere';
import { CohereEmulator } from 'nestjs-cohere/testing';
import { expect, it } from 'vitest';

it('tries again while Cohere is overloaded', async () => {
  const emulator = await CohereEmulator.start();
  const options = { apiKey: emulator.keys.active, baseUrl: emulator.url };
  const module = await Test.createTestingModule({
    imports: [CohereModule.forRoot({ ...options, startupCheck: 'off' })],
  }).compile();

  emulator.fail({ kind: 'status', status: 503 });
  await module.get(RerankService).rerank({ query: 'refund', documents: ['refunds'] });

  expect(emulator.counters.byStatus).toEqual({ 503: 1, 200: 1 });
  await module.close();
  await emulator.stop();
});
