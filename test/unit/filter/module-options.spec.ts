import { Controller, Get, Module, UseFilters, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CohereExceptionFilter, CohereModule, type CohereModuleExtras } from 'nestjs-cohere';
import { afterEach, describe, expect, it } from 'vitest';
import { throwFailure } from '../../support/failures.js';

@Controller()
class SearchController {
  @Get()
  search(): never {
    return throwFailure('rejected');
  }

  @Get('own')
  @UseFilters(CohereExceptionFilter)
  withOwnFilter(): never {
    return throwFailure('rejected');
  }
}

let app: INestApplication;
afterEach(() => app.close());

const instance = (extras: CohereModuleExtras) =>
  CohereModule.forRoot({
    apiKey: false,
    baseUrl: 'http://127.0.0.1:9',
    startupCheck: 'off',
    ...extras,
  });

async function start(
  filter: CohereModuleExtras['filter'],
  first: CohereModuleExtras[] = [],
): Promise<string> {
  @Module({
    imports: [...first, { filter }].map(instance),
    controllers: [SearchController],
  })
  class AppModule {}

  app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(0, '127.0.0.1');
  return app.getUrl();
}

describe('the filter that the module registers', () => {
  it.each([undefined, true])('answers with the diagnosis when filter is %s', async (filter) => {
    const response = await fetch(await start(filter));
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: 'COHERE_API_KEY_REJECTED' });
  });

  it('is not registered with filter: false, but can be used with @UseFilters', async () => {
    const url = await start(false);
    expect((await fetch(url)).status).toBe(500);
    expect((await fetch(`${url}/own`)).status).toBe(401);
  });

  it('of the last of several instances answers for all', async () => {
    const url = await start({ statusFor: () => 503 }, [
      { name: 'eu', filter: { statusFor: () => 502 } },
    ]);
    expect((await fetch(url)).status).toBe(503);
  });

  it.each(['', '/own'])('answers %s as statusFor and expose say', async (path) => {
    const url = await start({ statusFor: () => 502, expose: 'code' });
    const response = await fetch(`${url}${path}`);
    expect(response.status).toBe(502);
    expect(await response.json()).toEqual({
      statusCode: 502,
      error: 'Bad Gateway',
      message: 'Bad Gateway',
      code: 'COHERE_API_KEY_REJECTED',
    });
  });
});
