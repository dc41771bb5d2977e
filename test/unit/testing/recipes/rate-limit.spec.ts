import { CohereEmulator } from 'nestjs-cohere/testing';
import { expect, it } from 'vitest';

it('lets two reranks through in any minute', async () => {
  let now = Date.now();
  const emulator = await CohereEmulator.start({
    keys: { aKeyThatAFleetShares: { rateLimit: { requests: 2, perMs: 60_000 } } },
    clock: () => now,
  });
  const rerank = async () => {
    const { status } = await fetch(`${emulator.url}/v2/rerank`, {
      method: 'POST',
      headers: { authorization: 'Bearer aKeyThatAFleetShares', 'content-type': 'application/json' },
      body: '{"model":"rerank-v5.0-fast","query":"refund","documents":["refunds"]}',
    });
    return status;
  };

  const statuses = await Promise.all([rerank(), rerank(), rerank()]);
  expect(statuses.toSorted()).toEqual([200, 200, 429]);
  now += 60_000;
  expect(await rerank()).toBe(200);
  expect(emulator.counters.rateLimited).toBe(1);
  await emulator.stop();
});
