// Cohere with one key that has a sliding rate limit, in a process of its own.
import { CohereEmulator } from 'nestjs-cohere/testing';

const { key, requests, perMs, latencyMs } = JSON.parse(process.argv[2]);
const emulator = await CohereEmulator.start({
  keys: { [key]: { rateLimit: { requests, perMs } } },
  latencyMs,
  score: () => 0.5,
});

process.on('message', () => {
  const { byStatus, rateLimited } = emulator.counters;
  process.send({ ranked: byStatus[200] ?? 0, refused: rateLimited });
});
process.on('disconnect', () => process.exit());
process.send({ url: emulator.url });
