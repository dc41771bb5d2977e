// An app with whatever majors of the optional peers, and of Joi, are installed beside it.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { createCache } from 'cache-manager';
import {
  CohereModule,
  RerankService,
  cohereEnvSchema,
  failBoot,
  getCohereToken,
} from 'nestjs-cohere';
import rateLimiterFlexible from 'rate-limiter-flexible';

class AppModule {}
Module({
  imports: [
    // @nestjs/config 12 validates with any Standard Schema, which Joi 17 is not.
    ConfigModule.forRoot({
      ignoreEnvFile: true,
      ...(process.env.VALIDATES === 'true' ? { validationSchema: cohereEnvSchema } : {}),
    }),
    CohereModule.forRootAsync({
      client: process.env.CLIENT === 'true',
      useFactory: () => ({
        rateLimiter: new rateLimiterFlexible.RateLimiterMemory({ points: 10, duration: 1 }),
        scoreCache: { store: createCache(), ttlMs: 60_000 },
      }),
    }),
  ],
})(AppModule);

const QUERY = { query: 'capital of France', documents: ['Bern', 'Paris, capital of France'] };

async function bootstrap() {
  const app = await NestFactory.createApplicationContext(AppModule, { abortOnError: false });
  const service = app.get(RerankService);
  const [first] = (await service.rerank(QUERY)).results;
  const again = await service.rerank(QUERY);
  console.log(`RANKED ${first.document}, then ${again.usage.requests} requests`);
  if (process.env.CLIENT === 'true') {
    const { results } = await app.get(getCohereToken()).rerank({ model: 'rerank-v3.5', ...QUERY });
    console.log(`CLIENT ${results[0].index}`);
  }
  await app.close();
}

bootstrap().catch(failBoot);
