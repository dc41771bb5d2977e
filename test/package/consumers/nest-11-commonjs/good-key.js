const assert = require('node:assert');
const { NestFactory } = require('@nestjs/core');
const { RerankService } = require('nestjs-cohere');
const { CohereHealthIndicator } = require('nestjs-cohere/terminus');
const { CohereEmulator } = require('nestjs-cohere/testing');

async function main() {
  const emulator = await CohereEmulator.start();
  process.env.COHERE_API_KEY = emulator.keys.active;
  process.env.COHERE_BASE_URL = emulator.url;
  const { AppModule } = require('./app.js');
  const app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(0, '127.0.0.1');
  const { results } = await app.get(RerankService).rerank({
    query: 'reset my password',
    documents: ['Paying by invoice', 'How to reset a password'],
  });
  assert.equal(results[0].index, 1);
  const health = await app.get(CohereHealthIndicator).isHealthy();
  assert.equal(health.cohere.status, 'up');
  await app.close();
  await emulator.stop();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
