import { Controller, Get, Inject, Module, UseFilters, type INestApplication } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { CohereClient, CohereClientV2 } from 'cohere-ai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDiagnosis } from '../../../lib/diagnosis/create-diagnosis.js';
import { CohereExceptionFilter } from '../../../lib/filter/cohere-exception.filter.js';
import { answer, answeringServer } from '../../e2e/support/answering-server.js';
import { DIAGNOSIS_CODES } from '../../../lib/diagnosis/catalogue.js';
import { createError, RateLimitError } from '../../../lib/diagnosis/errors.js';

class Thrower {
  thrown: unknown;
}

@Controller()
class ThrowingController {
  constructor(@Inject(Thrower) private readonly thrower: Thrower) {}

  @Get()
  fail(): never {
    throw this.thrower.thrown;
  }

  @Get('own')
  @UseFilters(CohereExceptionFilter)
  failWithOwnFilter(): never {
    throw this.thrower.thrown;
  }
}

@Module({
  controllers: [ThrowingController],
  providers: [Thrower, { provide: APP_FILTER, useClass: CohereExceptionFilter }],
})
class AppModule {}

describe.each(['express', 'fastify'])('the exception filter on %s', (platform) => {
  let app: INestApplication;
  let url = '';

  beforeAll(async () => {
    app =
      platform === 'fastify'
        ? await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false })
        : await NestFactory.create(AppModule, { logger: false });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });

  afterAll(() => app.close());

  async function answerTo(thrown: unknown, path = '/') {
    app.get(Thrower).thrown = thrown;
    const response = await fetch(`${url}${path}`);
    const body: unknown = await response.json();
    return { response, body };
  }

  it.each(DIAGNOSIS_CODES)(
    'answers %s with its status, its fix and its documentation',
    async (code) => {
      const diagnosis = createDiagnosis(code, { detail: 'only for the operator' });
      const { response, body } = await answerTo(createError(diagnosis));
      expect(response.status).toBe(diagnosis.httpStatus);
      expect(response.headers.get('content-type')).toContain('application/json');
      expect(body).toEqual({
        statusCode: diagnosis.httpStatus,
        error: expect.any(String),
        message: diagnosis.title,
        code,
        fix: [...diagnosis.fix],
        docs: diagnosis.docs,
      });
    },
  );

  it('challenges with WWW-Authenticate on a 401, and only there', async () => {
    const refused = createError(createDiagnosis('COHERE_API_KEY_EXPIRED', { detail: '' }));
    const { response, body } = await answerTo(refused);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer .*COHERE_API_KEY_EXPIRED/);
    expect(body).toMatchObject({ error: 'Unauthorized' });

    const late = await answerTo(createError(createDiagnosis('COHERE_TIMEOUT', { detail: '' })));
    expect(late.response.headers.has('www-authenticate')).toBe(false);
  });

  it('passes on how long Cohere asked to wait, in whole seconds', async () => {
    const diagnosis = createDiagnosis('COHERE_RATE_LIMITED', { detail: '' });
    const { response } = await answerTo(new RateLimitError(diagnosis, 1200));
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('2');
  });

  it('works with @UseFilters alone', async () => {
    const refused = createError(createDiagnosis('COHERE_API_KEY_REJECTED', { detail: '' }));
    const { response } = await answerTo(refused, '/own');
    expect(response.status).toBe(401);
  });

  it.each([401, 403])('turns a raw %d of the SDK into a 401 with the fix', async (status) => {
    const server = await answeringServer(answer(status, { message: 'invalid api token' }));
    const client = new CohereClientV2({
      token: () => 'irrelevant',
      baseUrl: server.url,
      maxRetries: 0,
    });
    const thrown: unknown = await client
      .rerank({ model: 'm', query: 'q', documents: ['d'] })
      .catch((error: unknown) => error);
    await server.stop();
    const { response, body } = await answerTo(thrown);
    expect(response.status).toBe(401);
    expect(body).toMatchObject({
      statusCode: 401,
      fix: expect.arrayContaining([expect.any(String)]),
    });
  });

  it('does not pass on what the SDK says of a call its caller gave up', async () => {
    const client = new CohereClient({ token: () => 'irrelevant', baseUrl: 'http://127.0.0.1:9' });
    const thrown: unknown = await client
      .checkApiKey({ abortSignal: AbortSignal.abort(), maxRetries: 0, timeoutInSeconds: 1 })
      .catch((error: unknown) => error);
    const { response, body } = await answerTo(thrown);
    expect(response.status).toBe(500);
    expect(body).toEqual({
      statusCode: 500,
      error: 'Internal Server Error',
      message: 'Internal server error',
    });
  });

  it('leaves the errors of others alone', async () => {
    const { response } = await answerTo(Object.assign(new Error('row missing'), { code: 'P2025' }));
    expect(response.status).toBe(500);
  });
});
