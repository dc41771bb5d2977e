import { CohereClientV2 } from 'cohere-ai';
import { CohereEmulator } from 'nestjs-cohere/testing';
import { expect, it } from 'vitest';

it('tries again while Cohere is overloaded', async () => {
  const emulator = await CohereEmulator.start();
  const cohere = new CohereClientV2({ token: emulator.keys.active, environment: emulator.url });

  emulator.fail({ kind: 'status', status: 503, retryAfter: 1 });
  await cohere.rerank({ model: 'rerank-v5.0-fast', query: 'refund', documents: ['refunds'] });

  expect(emulator.counters.byStatus).toEqual({ 503: 1, 200: 1 });
  await emulator.stop();
});
