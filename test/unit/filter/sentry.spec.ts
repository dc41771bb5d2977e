// oxlint-disable promise/valid-params -- `catch` of a filter is not that of a promise
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ArgumentsHost, Controller, Get, Module } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { CohereExceptionFilter, CohereModule, RerankService } from 'nestjs-cohere';
import { CohereEmulator } from 'nestjs-cohere/testing';
import { expect, it, onTestFinished } from 'vitest';
import { DiagnosedError } from '../../../lib/diagnosis/errors.js';

const captured: unknown[] = [];

/** Wraps `catch` as the decorator of @sentry/nestjs 9 and 10 does. */
function SentryExceptionCaptured(): MethodDecorator {
  return (_target, _key, descriptor: PropertyDescriptor) => {
    const original: unknown = descriptor.value;
    descriptor.value = function (this: unknown, exception: unknown, ...rest: unknown[]): unknown {
      captured.push(exception);
      return typeof original === 'function'
        ? Reflect.apply(original, this, [exception, ...rest])
        : undefined;
    };
  };
}

export class ReportingCohereFilter extends CohereExceptionFilter {
  @SentryExceptionCaptured()
  override catch(exception: unknown, host: ArgumentsHost) {
    return super.catch(exception, host);
  }
}

@Controller()
class SearchController {
  constructor(private readonly reranker: RerankService) {}

  @Get()
  search() {
    return this.reranker.rerank({ query: 'q', documents: ['d'] });
  }
}
Reflect.defineMetadata('design:paramtypes', [RerankService], SearchController);

it('a key refused at run time reaches Sentry with the recipe of docs/logging.md, and is answered as before', async () => {
  const recipe = /export class ReportingCohereFilter [^]*?\n\}\n/;
  const [here = ''] = recipe.exec(readFileSync(fileURLToPath(import.meta.url), 'utf8')) ?? [];
  const page = new URL('../../../docs/logging.md', import.meta.url);
  expect(readFileSync(page, 'utf8')).toContain(here);

  const emulator = await CohereEmulator.start();
  const apiKey = emulator.keys.active;
  @Module({
    imports: [CohereModule.forRoot({ apiKey, baseUrl: emulator.url, filter: false })],
    controllers: [SearchController],
    providers: [{ provide: APP_FILTER, useClass: ReportingCohereFilter }],
  })
  class AppModule {}
  const app = await NestFactory.create(AppModule, { logger: false });
  onTestFinished(async () => {
    await app.close();
    await emulator.stop();
  });
  await app.listen(0, '127.0.0.1');

  emulator.setKey(apiKey, 'revoked');
  const response = await fetch(await app.getUrl());

  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ code: 'COHERE_API_KEY_REJECTED' });
  expect(captured).toHaveLength(1);
  expect(captured[0]).toBeInstanceOf(DiagnosedError);
  expect(captured[0]).toMatchObject({ code: 'COHERE_API_KEY_REJECTED' });
});
