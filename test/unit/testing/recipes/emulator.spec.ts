import { NestFactory } from '@nestjs/core';
import type { INestApplication } from '@nestjs/common';
import { CohereEmulator } from 'nestjs-cohere/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AppModule } from './app.module.js';

let emulator: CohereEmulator;
let app: INestApplication;

beforeAll(async () => {
  emulator = await CohereEmulator.start();
  process.env['COHERE_BASE_URL'] = emulator.url;
  process.env['COHERE_API_KEY'] = emulator.keys.active;
  app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(0);
});

afterAll(async () => {
  await app.close();
  await emulator.stop();
  delete process.env['COHERE_BASE_URL'];
  delete process.env['COHERE_API_KEY'];
});

const search = async (query: string) => fetch(`${await app.getUrl()}/search?q=${query}`);

it('finds the article', async () => {
  const response = await search('refund my money');
  expect(await response.json()).toEqual({ best: 'Refunds' });
  expect(emulator.requests.at(-1)?.path).toBe('/v2/rerank');
});

it('answers 401 with the fix once the key is revoked', async () => {
  emulator.setKey(emulator.keys.active, 'revoked');
  const response = await search('refund');
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ code: 'COHERE_API_KEY_REJECTED' });
});
