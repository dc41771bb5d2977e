import { readFileSync } from 'node:fs';
import {
  Catch,
  Controller,
  Get,
  HttpException,
  HttpStatus,
  Module,
  NotFoundException,
  Param,
  type ArgumentsHost,
  type ExceptionFilter,
  type INestApplication,
} from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost, NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { CohereExceptionFilter, toHttpException } from 'nestjs-cohere';
import { afterEach, describe, expect, it } from 'vitest';
import { failureNamed, throwFailure } from '../../support/failures.js';
import { isDocumentedNest } from '../../support/transports-doc.js';

/** https://docs.nestjs.com/exception-filters#catch-everything, word for word but for its line breaks. */
@Catch()
class CatchEverythingFilter implements ExceptionFilter {
  constructor(private readonly httpAdapterHost: HttpAdapterHost) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    // In certain situations `httpAdapter` might not be available in the
    // constructor method, thus we should resolve it here.
    const { httpAdapter } = this.httpAdapterHost;

    const ctx = host.switchToHttp();

    const httpStatus =
      exception instanceof HttpException ? exception.getStatus() : HttpStatus.INTERNAL_SERVER_ERROR;

    const responseBody = {
      statusCode: httpStatus,
      timestamp: new Date().toISOString(),
      path: httpAdapter.getRequestUrl(ctx.getRequest()),
    };

    httpAdapter.reply(ctx.getResponse(), responseBody, httpStatus);
  }
}

/** The recipe of docs/transports.md: two additions to Nest's filter. */
@Catch()
class WithRecipe implements ExceptionFilter {
  constructor(private readonly httpAdapterHost: HttpAdapterHost) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const { httpAdapter } = this.httpAdapterHost;

    const ctx = host.switchToHttp();

    const cohere = toHttpException(exception);
    for (const [name, value] of Object.entries(cohere?.headers ?? {})) {
      httpAdapter.setHeader(ctx.getResponse(), name, value);
    }

    const error = cohere ?? exception;
    const httpStatus =
      error instanceof HttpException ? error.getStatus() : HttpStatus.INTERNAL_SERVER_ERROR;

    const responseBody = {
      ...cohere?.body,
      statusCode: httpStatus,
      timestamp: new Date().toISOString(),
      path: httpAdapter.getRequestUrl(ctx.getRequest()),
    };

    httpAdapter.reply(ctx.getResponse(), responseBody, httpStatus);
  }
}

@Controller()
class SearchController {
  @Get('not-found')
  notFound(): never {
    throw new NotFoundException();
  }

  @Get('converted')
  converted(): never {
    try {
      return throwFailure('rejected');
    } catch (error) {
      throw toHttpException(error) ?? error;
    }
  }

  @Get(':failure')
  fail(@Param('failure') failure: string): never {
    return throwFailure(failure);
  }
}

@Module({
  controllers: [SearchController],
  providers: [{ provide: APP_FILTER, useClass: CohereExceptionFilter }],
})
class AppModule {}

@Module({ controllers: [SearchController] })
class WithoutFilter {}

let app: INestApplication | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function start(
  platform: string,
  filter?: (host: HttpAdapterHost) => ExceptionFilter,
  module = AppModule,
): Promise<(path: string) => Promise<{ response: Response; body: unknown }>> {
  app =
    platform === 'fastify'
      ? await NestFactory.create(module, new FastifyAdapter(), { logger: false })
      : await NestFactory.create(module, { logger: false });
  if (filter !== undefined) {
    app.useGlobalFilters(filter(app.get(HttpAdapterHost)));
  }
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return async (path) => {
    const response = await fetch(`${url}/${path}`);
    return { response, body: await response.json() };
  };
}

describe.each(['express', 'fastify'])("beside an app's own catch-all filter on %s", (platform) => {
  it('the catch-all wins, and without the recipe everything is a 500', async () => {
    const get = await start(platform, (host) => new CatchEverythingFilter(host));
    expect((await get('rejected')).body).toMatchObject({ statusCode: 500, path: '/rejected' });
  });

  it('with the recipe it answers with the status, the headers and the fix, in its own form', async () => {
    const get = await start(platform, (host) => new WithRecipe(host));
    const rejected = await get('rejected');
    expect(rejected.response.status).toBe(401);
    expect(rejected.response.headers.get('www-authenticate')).toBe('Bearer realm="cohere"');
    expect(rejected.body).toMatchObject({
      statusCode: 401,
      code: 'COHERE_API_KEY_REJECTED',
      fix: expect.arrayContaining([expect.any(String)]),
      path: '/rejected',
      timestamp: expect.any(String),
    });
    expect((await get('limited')).response.headers.get('retry-after')).toBe('2');
    expect((await get('not-found')).body).toMatchObject({ statusCode: 404, path: '/not-found' });
    const foreign = await get('foreign');
    expect(foreign.body).toEqual({
      statusCode: 500,
      path: '/foreign',
      timestamp: expect.any(String),
    });
  });

  it('what it returns can be thrown, where no filter of ours is registered', async () => {
    const get = await start(platform, undefined, WithoutFilter);
    const { response, body } = await get('converted');
    expect(response.status).toBe(401);
    expect(body).toMatchObject({ statusCode: 401, code: 'COHERE_API_KEY_REJECTED' });
  });
});

describe('toHttpException', () => {
  it.runIf(isDocumentedNest)('is used in docs/transports.md as it is used here', () => {
    const [, recipe = ''] =
      /```ts\n(@Catch\(\)\nexport class CatchEverythingFilter[^]*?)```/.exec(
        readFileSync(new URL('../../../docs/transports.md', import.meta.url), 'utf8'),
      ) ?? [];
    const code = recipe
      .replaceAll(/ *\/\/ added$/gm, '')
      .replace('export class CatchEverythingFilter', 'class WithRecipe');
    expect(code).toContain('toHttpException');
    expect(readFileSync(new URL(import.meta.url), 'utf8')).toContain(code);
  });

  it('returns undefined for errors that are not about Cohere', () => {
    expect(toHttpException(failureNamed('foreign'))).toBeUndefined();
    expect(
      toHttpException(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })),
    ).toBeUndefined();
    expect(toHttpException(new NotFoundException())).toBeUndefined();
    expect(toHttpException(undefined)).toBeUndefined();
  });

  it('takes the options of the module', () => {
    const error = toHttpException(failureNamed('rejected'), {
      statusFor: () => 502,
      expose: 'code',
    });
    expect(error?.getStatus()).toBe(502);
    expect(error?.headers).toEqual({ 'Cache-Control': 'no-store' });
    expect(error?.getResponse()).toEqual({
      statusCode: 502,
      error: 'Bad Gateway',
      message: 'Bad Gateway',
      code: 'COHERE_API_KEY_REJECTED',
    });
  });
});
