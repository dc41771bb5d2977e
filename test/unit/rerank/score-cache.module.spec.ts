import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { createCache, type Cache } from 'cache-manager';
import { CohereModule, RerankService } from 'nestjs-cohere';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { describe, expect, it, onTestFinished } from 'vitest';
import { rerankOver } from '../../support/rerank-over.js';
import { KEY } from '../../support/keys.js';
import { ranking, StubCohere } from '../../support/stub-cohere.js';

/** As `CACHE_MANAGER` of @nestjs/cache-manager. */
const CACHE_MANAGER = 'CACHE_MANAGER';

@Module({
  providers: [{ provide: CACHE_MANAGER, useFactory: () => createCache() }],
  exports: [CACHE_MANAGER],
})
class CacheModule {}

describe('rateLimiter and scoreCache', () => {
  it('can come from the providers of the app, and reach RerankService', async () => {
    const cohere = await StubCohere.start(ranking());
    @Module({
      imports: [
        CohereModule.forRootAsync({
          imports: [CacheModule],
          inject: [CACHE_MANAGER],
          useFactory: (store: Cache) => ({
            apiKey: KEY,
            baseUrl: cohere.url,
            startupCheck: 'off',
            rateLimiter: new RateLimiterMemory({ points: 1, duration: 60 }),
            scoreCache: { store, ttlMs: 60_000 },
          }),
        }),
      ],
    })
    class AppModule {}
    const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
    onTestFinished(() => app.close());
    const rerank = app.get(RerankService, { strict: false });

    await rerank.rerank({ query: 'q', documents: ['a', 'b'] });
    const { usage } = await rerank.rerank({ query: 'q', documents: ['b', 'a'] });
    expect(usage).toEqual({ cachedDocuments: 2, requests: 0, retries: 0 });
    await expect(rerank.rerank({ query: 'q', documents: ['c'] })).rejects.toMatchObject({
      code: 'COHERE_RATE_LIMITED',
    });
    expect(cohere.requests).toHaveLength(1);
  });
});

describe('the span of a call with scoreCache', () => {
  it('reports the number of documents that were not sent', async () => {
    const spans = new InMemorySpanExporter();
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }),
    );
    onTestFinished(() => trace.disable());
    const cohere = await StubCohere.start(ranking());
    const scoreCache = { store: createCache(), ttlMs: 60_000 };
    const { service } = rerankOver(cohere.url, { scoreCache });

    await service.rerank({ query: 'q', documents: ['a', 'b'] });
    await service.rerank({ query: 'q', documents: ['a', 'b', 'c'] });
    const counts = spans
      .getFinishedSpans()
      .map(({ attributes }) => attributes['nestjs_cohere.cached_documents']);
    expect(counts).toEqual([0, 2]);
  });
});
