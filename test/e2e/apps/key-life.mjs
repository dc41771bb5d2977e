// A key that changes while the app runs. SCENARIO=mended-env: the key in .env is revoked, and the file mended.
// SCENARIO=hanging: the function that gives the key hangs while the app closes.
import 'reflect-metadata';
import { writeFileSync, writeSync } from 'node:fs';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { CohereModule, RerankService } from 'nestjs-cohere';
import { CohereEmulator } from 'nestjs-cohere/testing';

const emulator = await CohereEmulator.start();
const { active, trial: next } = emulator.keys;
const request = { query: 'q', documents: ['a'] };
const baseUrl = emulator.url;

async function start(imports) {
  class AppModule {}
  Module({ imports })(AppModule);
  return NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
}

async function mendedEnv() {
  writeFileSync('.env', `COHERE_API_KEY=${active}\n`);
  const app = await start([ConfigModule.forRoot(), CohereModule.forRoot({ baseUrl })]);
  emulator.setKey(active, 'revoked');
  writeFileSync('.env', `COHERE_API_KEY=${next}\n`);
  const { results } = await app.get(RerankService).rerank(request);
  console.log(
    `${results.length} ranked; process.env ${process.env.COHERE_API_KEY === active ? 'kept' : 'written'}`,
  );
  await app.close();
}

async function hanging() {
  let reads = 0;
  const apiKey = () => (reads++ === 0 ? active : new Promise(() => undefined));
  const app = await start([CohereModule.forRoot({ baseUrl, apiKey })]);
  const reloading = app.get(RerankService).reloadKey();
  reloading.catch(() => undefined);
  await app.close();
  console.log('closed');
}

await { 'mended-env': mendedEnv, hanging }[process.env.SCENARIO]();
await emulator.stop();
const doneAt = performance.now();
process.on('exit', () => {
  writeSync(1, `ended ${Math.round(performance.now() - doneAt)} ms later\n`);
});
