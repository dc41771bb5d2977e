import { Controller, Get, Inject, Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CohereClientV2 } from 'cohere-ai';
import { CohereModule, InjectCohere, RerankService } from 'nestjs-cohere';
import { CohereEmulator } from 'nestjs-cohere/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

@Controller()
class SearchController {
  constructor(
    @Inject(RerankService) private readonly rerank: RerankService,
    @InjectCohere() private readonly client: CohereClientV2,
  ) {}

  @Get('service')
  ofService() {
    return this.rerank.rerank({ query: 'q', documents: ['d'] });
  }

  @Get('client')
  ofClient() {
    return this.client.rerank({ model: 'rerank-v3.5', query: 'q', documents: ['d'] });
  }
}

describe('how long Cohere asks to wait', () => {
  let emulator: CohereEmulator;
  let app: INestApplication;
  let url = '';

  beforeAll(async () => {
    emulator = await CohereEmulator.start();
    @Module({
      imports: [
        CohereModule.forRoot({
          apiKey: emulator.keys.active,
          baseUrl: emulator.url,
          startupCheck: 'off',
          client: true,
        }),
      ],
      controllers: [SearchController],
    })
    class AppModule {}

    app = await NestFactory.create(AppModule, { logger: false });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });

  afterAll(async () => {
    await app.close();
    await emulator.stop();
  });

  describe.each([429, 503])('with a %d', (status) => {
    it.each(['service', 'client'])(
      'reaches the caller of an app that uses the %s',
      async (path) => {
        emulator.fail({ kind: 'status', status, retryAfter: 60 });
        const response = await fetch(`${url}/${path}`);
        expect(response.status).toBe(status);
        expect(response.headers.get('retry-after')).toBe('60');
        expect(await response.json()).toMatchObject({ statusCode: status, retryAfterMs: 60_000 });
      },
    );
  });
});
