import { Readable } from 'node:stream';
import {
  BadGatewayException,
  Controller,
  Get,
  Header,
  Inject,
  Injectable,
  Module,
  Res,
  Sse,
  StreamableFile,
  UseFilters,
  type INestApplication,
  type MiddlewareConsumer,
  type NestMiddleware,
} from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost, NestFactory } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { CohereClient, CohereClientV2 } from 'cohere-ai';
import { catchError, concatWith, of, throwError } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDiagnosis } from '../../../lib/diagnosis/create-diagnosis.js';
import { DIAGNOSIS_CODES } from '../../../lib/diagnosis/catalogue.js';
import { createError, RateLimitError } from '../../../lib/diagnosis/errors.js';
import { CohereExceptionFilter } from '../../../lib/filter/cohere-exception.filter.js';
import {
  COHERE_FILTER_OPTIONS,
  type CohereFilterOptions,
} from '../../../lib/filter/error-response.js';
import { toHttpException } from '../../../lib/filter/to-http-exception.js';
import { failureNamed, OPERATOR_ONLY, throwFailure } from '../../support/failures.js';
import { json, StubCohere } from '../../support/stub-cohere.js';
import { expectDocumented, isDocumentedNest } from '../../support/transports-doc.js';

class Thrower {
  thrown: unknown;
}

/** What a test sets, and every test finds as it was before. */
class Options implements CohereFilterOptions {
  statusFor: CohereFilterOptions['statusFor'];
  expose: CohereFilterOptions['expose'];
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

  @Get('csv')
  @Header('Content-Type', 'text/csv')
  failAsCsv(
    @Res({ passthrough: true }) response: { header(name: string, value: string): unknown },
  ): never {
    response.header('Content-Type', 'text/csv');
    response.header('Vary', 'Origin');
    throw this.thrower.thrown;
  }

  @Get('cached')
  @Header('Cache-Control', 'public, max-age=3600')
  @Header('Last-Modified', 'Sat, 01 Jan 2028 00:00:00 GMT')
  failAsCached(
    @Res({ passthrough: true }) response: { header(name: string, value: string): unknown },
  ): never {
    const headers = {
      ETag: '"of-the-handler"',
      Expires: 'Sat, 01 Jan 2028 00:00:00 GMT',
      'Cache-Control': 'public, max-age=60',
      'CDN-Cache-Control': 'max-age=60',
      'Content-Disposition': 'attachment',
      'Content-Length': '3',
    };
    for (const [name, value] of Object.entries(headers)) {
      response.header(name, value);
    }
    throw this.thrower.thrown;
  }

  @Get('begun')
  failAfterHeaders(@Res() response: RawResponse & { readonly raw?: RawResponse }): never {
    const raw = response.raw ?? response;
    raw.writeHead(200, { 'content-type': 'text/plain' });
    raw.write('the first half');
    throw this.thrower.thrown;
  }

  @Get('stream')
  stream(): StreamableFile {
    const { thrown } = this.thrower;
    return new StreamableFile(
      Readable.from(
        (async function* () {
          yield 'the first half';
          throw thrown;
        })(),
      ),
    );
  }

  @Sse('events')
  events() {
    return of({ data: 'first' }).pipe(concatWith(throwError(() => this.thrower.thrown)));
  }

  @Sse('events-with-recipe')
  eventsWithRecipe() {
    return this.events().pipe(
      catchError((error: unknown) => throwError(() => toHttpException(error) ?? error)),
    );
  }

  @Sse('no-events')
  noEvents(): never {
    throw this.thrower.thrown;
  }
}

interface RawResponse {
  writeHead(status: number, headers: Record<string, string>): unknown;
  write(chunk: string): unknown;
}

@Injectable()
class ThrowingMiddleware implements NestMiddleware {
  constructor(@Inject(Thrower) private readonly thrower: Thrower) {}

  use(): never {
    throw this.thrower.thrown;
  }
}

@Module({
  controllers: [ThrowingController],
  providers: [
    Thrower,
    { provide: COHERE_FILTER_OPTIONS, useClass: Options },
    { provide: APP_FILTER, useClass: CohereExceptionFilter },
  ],
})
class AppModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(ThrowingMiddleware).forRoutes('middleware');
  }
}

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

  const options = () => app.get<Options>(COHERE_FILTER_OPTIONS);
  afterEach(() => {
    options().statusFor = undefined;
    options().expose = undefined;
  });

  async function answerTo(thrown: unknown, path = '/', accept = '*/*') {
    app.get(Thrower).thrown = thrown;
    const response = await fetch(`${url}${path}`, { headers: { accept } });
    const body: unknown = await response.json();
    return { response, body };
  }

  it.each(DIAGNOSIS_CODES)(
    'answers %s with its status, its fix and its documentation',
    async (code) => {
      const diagnosis = createDiagnosis(code, { detail: OPERATOR_ONLY });
      const { response, body } = await answerTo(createError(diagnosis));
      expect(response.status).toBe(diagnosis.httpStatus);
      expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(response.headers.get('vary')).toBe('Accept');
      expect(body).toEqual({
        statusCode: diagnosis.httpStatus,
        error: expect.any(String),
        message: diagnosis.title,
        code,
        fix: [...diagnosis.clientFix],
        docs: diagnosis.docs,
      });
    },
  );

  it('clients receive what docs/transports.md says', async () => {
    const received = {
      rejected: toReceived(await answerTo(failureNamed('rejected'))),
      limited: toReceived(await answerTo(failureNamed('limited'))),
      late: toReceived(await answerTo(failureNamed('late'))),
      foreign: toReceived(await answerTo(failureNamed('foreign'))),
    };
    expect(received.foreign.status).toBe('500');
    if (isDocumentedNest) {
      expectDocumented('http', received);
    }
  });

  describe('a 401', () => {
    it("has a challenge without an error, because the key is not the caller's", async () => {
      const { response } = await answerTo(failureNamed('rejected'));
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer realm="cohere"');
    });

    it('becomes another status with statusFor, and carries no challenge then', async () => {
      options().statusFor = ({ httpStatus }) => (httpStatus === 401 ? 502 : httpStatus);
      const { response, body } = await answerTo(failureNamed('rejected'));
      expect(response.status).toBe(502);
      expect(response.headers.has('www-authenticate')).toBe(false);
      expect(body).toMatchObject({
        statusCode: 502,
        error: 'Bad Gateway',
        code: 'COHERE_API_KEY_REJECTED',
      });
      const late = await answerTo(failureNamed('late'));
      expect(late.response.status).toBe(504);
    });
  });

  it.each([
    ['a status that is not an error', () => 200],
    ['a number that is not whole', () => 401.5],
    ['NaN', () => Number.NaN],
    ['an exception', (): number => throwFailure('foreign')],
  ])('keeps the status of the diagnosis when statusFor gives %s', async (_, statusFor) => {
    options().statusFor = statusFor;
    const { response } = await answerTo(failureNamed('limited'));
    expect(response.status).toBe(429);
  });

  it('shows only the code with expose: code', async () => {
    options().expose = 'code';
    const { body } = await answerTo(failureNamed('limited'));
    expect(body).toEqual({
      statusCode: 429,
      error: 'Too Many Requests',
      message: 'Too Many Requests',
      code: 'COHERE_RATE_LIMITED',
      retryAfterMs: 1_200,
    });
    const problem = await answerTo(failureNamed('limited'), '/', 'application/problem+json');
    expect(problem.body).toEqual({
      type: 'about:blank',
      title: 'Too Many Requests',
      status: 429,
      detail: 'Too Many Requests',
      code: 'COHERE_RATE_LIMITED',
      retryAfterMs: 1_200,
    });
  });

  it('names no file of the server', async () => {
    const { response, body } = await answerTo(failureNamed('unreadableKeyFile'));
    expect(response.status).toBe(401);
    expect(body).toMatchObject({
      message: 'The API key file cannot be read.',
      fix: [expect.stringContaining('set COHERE_API_KEY')],
    });
    expect(JSON.stringify(body)).not.toMatch(/secrets|dev\.env/);
  });

  it.each(['/cached', '/'])('is not cacheable: %s', async (path) => {
    for (const accept of ['*/*', 'application/problem+json']) {
      const { response, body } = await answerTo(failureNamed('limited'), path, accept);
      const headers = Object.fromEntries(response.headers);

      expect(response.status).toBe(429);
      expect(headers['cache-control']).toBe('no-store');
      for (const name of ['etag', 'last-modified', 'expires', 'cdn-cache-control']) {
        expect(headers).not.toHaveProperty(name);
      }
      expect(headers).not.toHaveProperty('content-disposition');
      expect(body).toMatchObject({ code: 'COHERE_RATE_LIMITED' });
    }
  });

  describe('Retry-After', () => {
    it.each([
      ['limited', 429, '2', 1_200],
      ['down', 503, '4', 4_000],
    ] as const)(
      '%s passes on how long Cohere asked to wait',
      async (name, status, seconds, milliseconds) => {
        const { response, body } = await answerTo(failureNamed(name));
        expect(response.status).toBe(status);
        expect(response.headers.get('retry-after')).toBe(seconds);
        expect(body).toMatchObject({ retryAfterMs: milliseconds });
      },
    );

    it.each([429, 503])('a raw %d of the SDK passes it on, too', async (status) => {
      const { response, body } = await answerTo(await sdkError(status, { 'retry-after': '7' }));
      expect(response.status).toBe(status);
      expect(response.headers.get('retry-after')).toBe('7');
      expect(body).toMatchObject({ retryAfterMs: 7_000 });
    });

    it.each([Number.POSITIVE_INFINITY, Number.NaN])('is left out when it is %d', async (time) => {
      const limited = new RateLimitError(
        createDiagnosis('COHERE_RATE_LIMITED', { detail: '' }),
        time,
      );
      const { response, body } = await answerTo(limited);
      expect(response.headers.has('retry-after')).toBe(false);
      expect(body).not.toHaveProperty('retryAfterMs');
    });
  });

  describe('application/problem+json', () => {
    it.each([
      'application/problem+json',
      'application/json, application/problem+json',
      'text/html, Application/Problem+JSON;q=0.9, */*;q=0.1',
    ])('is answered to Accept: %s', async (accept) => {
      const { response, body } = await answerTo(failureNamed('limited'), '/', accept);
      expect(response.status).toBe(429);
      expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
      const diagnosis = createDiagnosis('COHERE_RATE_LIMITED', { detail: '' });
      expect(body).toEqual({
        type: diagnosis.docs,
        title: diagnosis.title,
        status: 429,
        detail: diagnosis.title,
        code: 'COHERE_RATE_LIMITED',
        fix: [...diagnosis.clientFix],
        retryAfterMs: 1_200,
      });
    });

    it.each([
      '*/*',
      'application/json',
      'application/json, application/problem+json;q=0.5',
      'application/problem+json;q=0',
    ])('is not answered to Accept: %s', async (accept) => {
      const { response } = await answerTo(failureNamed('limited'), '/', accept);
      expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    });
  });

  it('replaces the content type that the handler had set, and keeps its Vary', async () => {
    const { response, body } = await answerTo(failureNamed('rejected'), '/csv');
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('vary')).toBe('Origin, Accept');
    expect(body).toMatchObject({ code: 'COHERE_API_KEY_REJECTED' });
  });

  it('answers where only @UseFilters registers it', async () => {
    const { response } = await answerTo(failureNamed('rejected'), '/own');
    expect(response.status).toBe(401);
  });

  it('answers what middleware throws', async () => {
    const { response, body } = await answerTo(failureNamed('rejected'), '/middleware');
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="cohere"');
    expect(body).toMatchObject({ code: 'COHERE_API_KEY_REJECTED' });
  });

  describe('a response that has begun', () => {
    it.each(['/begun', '/stream', '/events'])('%s ends, and the app serves on', async (path) => {
      app.get(Thrower).thrown = failureNamed('rejected');
      const response = await fetch(`${url}${path}`);
      const text = await response.text().catch(() => 'cut');
      expect(response.status).toBe(200);
      expect(text).not.toContain(OPERATOR_ONLY);
      expect((await answerTo(failureNamed('limited'))).response.status).toBe(429);
    });

    it('of an event stream ends with the title, by the recipe of docs/transports.md', async () => {
      app.get(Thrower).thrown = failureNamed('unreadableKeyFile');
      const text = await (await fetch(`${url}/events-with-recipe`)).text();
      expect(text).toContain('event: error');
      expect(text).toContain('The API key file cannot be read.');
      expect(text).not.toContain('secrets');
    });

    it('is not begun by an event stream that fails before its first event', async () => {
      const { response, body } = await answerTo(failureNamed('rejected'), '/no-events');
      expect(response.status).toBe(401);
      expect(body).toMatchObject({ code: 'COHERE_API_KEY_REJECTED' });
    });
  });

  describe('an error that wraps one of Cohere', () => {
    it('is answered like what it wraps', async () => {
      const { response, body } = await answerTo(
        new Error('search failed', {
          cause: new Error('rerank failed', { cause: failureNamed('limited') }),
        }),
      );
      expect(response.status).toBe(429);
      expect(response.headers.get('retry-after')).toBe('2');
      expect(body).toMatchObject({ code: 'COHERE_RATE_LIMITED' });
    });

    it('is not answered when the app has chosen the answer', async () => {
      const { response, body } = await answerTo(
        new BadGatewayException('search is down', { cause: failureNamed('limited') }),
      );
      expect(response.status).toBe(502);
      expect(body).toMatchObject({ message: 'search is down' });
    });
  });

  it.each([401, 403])('turns a raw %d of the SDK into a 401 with the fix', async (status) => {
    const { response, body } = await answerTo(await sdkError(status));
    expect(response.status).toBe(401);
    expect(body).toMatchObject({
      statusCode: 401,
      fix: expect.arrayContaining([expect.any(String)]),
    });
  });

  it("does not pass on the SDK's error for a call that its caller aborted", async () => {
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

describe('the exception filter in a context that Nest does not know', () => {
  it('leaves the error to the library of that context', () => {
    const filter = new CohereExceptionFilter(new HttpAdapterHost());
    const error = failureNamed('rejected');
    const host = new ExecutionContextHost([]);
    host.setType('command');
    expect(() => filter.catch(error, host)).toThrow(error);
  });
});

function toReceived({ response, body }: { readonly response: Response; readonly body: unknown }) {
  const headers = ['www-authenticate', 'retry-after']
    .filter((name) => response.headers.has(name))
    .map((name) => `${name}: ${response.headers.get(name)}`);
  return { status: `${response.status}`, headers: headers.join(' '), body };
}

async function sdkError(status: number, headers?: Record<string, string>): Promise<unknown> {
  const stub = await StubCohere.start(json(status, { message: 'invalid api token' }, headers));
  const client = new CohereClientV2({
    token: () => 'irrelevant',
    baseUrl: stub.url,
    maxRetries: 0,
  });
  return client
    .rerank({ model: 'm', query: 'q', documents: ['d'] })
    .catch((error: unknown) => error);
}
