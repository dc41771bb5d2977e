// The smallest app; with an argument, one that brings an Agent of another major of undici: node main.mjs undici-8
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { CohereModule, RerankService, failBoot } from 'nestjs-cohere';

async function bootstrap() {
  const [, , undici] = process.argv;
  const dispatcher = undici === undefined ? undefined : new (await import(undici)).Agent();
  const app = await NestFactory.createApplicationContext(CohereModule.forRoot({ dispatcher }), {
    abortOnError: false,
  });
  const documents = ['Bern', 'Paris, capital of France'];
  const request = { query: 'capital of France', documents };
  const [{ document }] = (await app.get(RerankService).rerank(request)).results;
  console.log(`RANKED ${document}`);
  await app.close();
  await dispatcher?.close();
}

bootstrap().catch(failBoot);
