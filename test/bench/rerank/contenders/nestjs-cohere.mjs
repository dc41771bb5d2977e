import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CohereModule, RerankService } from 'nestjs-cohere';
import { KEY, MODEL } from './credentials.mjs';

export async function create({ url, concurrency }) {
  const service = await createRerankService({
    baseUrl: url,
    ...(concurrency > 16 ? { concurrency } : {}),
  });
  return async (query, documents) => (await service.rerank({ query, documents })).results.length;
}

/** Through the real module, as an app has it. */
export async function createRerankService(options) {
  class AppModule {}
  Module({
    imports: [CohereModule.forRoot({ apiKey: KEY, model: MODEL, startupCheck: 'off', ...options })],
  })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  return app.get(RerankService, { strict: false });
}
