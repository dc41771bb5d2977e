import { ConsoleLogger, Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { CohereModule } from '../../../lib/cohere.module.js';
import {
  hang,
  html,
  json,
  resetBeforeHeaders,
  StubCohere,
  text,
  type Answer,
} from '../../support/stub-cohere.js';
import { CANARY, traces } from '../secrets/traces.js';

let app: INestApplication | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

/** Keeps the warnings and drops the rest. */
class WarningsOnly extends ConsoleLogger {
  readonly warnings: string[] = [];

  override log(): void {}
  override error(): void {}
  override warn(message: unknown): void {
    this.warnings.push(String(message));
  }
}

/** A busy machine needs a while to answer; only what never answers is waited for in vain. */
async function boot(platform: string, baseUrl: string, timeoutMs = 20_000) {
  @Module({
    imports: [
      CohereModule.forRoot({
        apiKey: CANARY,
        baseUrl,
        startupCheck: { mode: 'key', timeoutMs },
      }),
    ],
  })
  class AppModule {}
  const logger = new WarningsOnly();
  app =
    platform === 'fastify'
      ? await NestFactory.create(AppModule, new FastifyAdapter(), { logger })
      : await NestFactory.create(AppModule, { logger });
  await app.listen(0, '127.0.0.1');
  const response = await fetch(await app.getUrl());
  return { status: response.status, warnings: logger.warnings };
}

describe.each(['express', 'fastify'])('an app on %s listens, with one warning,', (platform) => {
  it.each([
    ['answers 503', json(503, { message: 'unavailable' }), 'COHERE_UPSTREAM_ERROR'],
    ['answers 500', json(500, { message: 'internal server error' }), 'COHERE_UPSTREAM_ERROR'],
    [
      'answers 429',
      json(429, { message: 'Please wait and try again later' }),
      'COHERE_RATE_LIMITED',
    ],
    [
      'answers 402',
      json(402, { message: 'Please add a payment method' }),
      'COHERE_BILLING_REQUIRED',
    ],
    ['answers 404', text(404, '404 page not found'), 'COHERE_RESPONSE_INVALID'],
    ['answers an HTML page with status 200', html(200), 'COHERE_BLOCKED'],
    ['answers an empty JSON object', json(200, {}), 'COHERE_RESPONSE_INVALID'],
    ['answers "valid" as a string', json(200, { valid: 'true' }), 'COHERE_RESPONSE_INVALID'],
    ['answers an HTML page with status 403', html(403), 'COHERE_BLOCKED'],
    ['never answers', hang, 'COHERE_TIMEOUT'],
    ['closes the connection', resetBeforeHeaders, 'COHERE_UNREACHABLE'],
  ] satisfies [string, Answer, string][])('when Cohere %s', async (_name, answer, code) => {
    const cohere = await StubCohere.start(answer);
    const timeoutMs = code === 'COHERE_TIMEOUT' ? 300 : undefined;
    const { status, warnings } = await boot(platform, cohere.url, timeoutMs);
    expect(status).toBe(404);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('could not be verified');
    expect(warnings[0]).toContain(code);
    expect(traces(warnings.join())).toEqual([]);
  });

  it.each([
    ['nothing listens there', 'http://127.0.0.1:9', 'ECONNREFUSED'],
    ['there is no such host', 'http://nowhere.invalid', 'COHERE_UNREACHABLE'],
  ])('when %s', async (_name, baseUrl, words) => {
    const { warnings } = await boot(platform, baseUrl);
    const verdicts = warnings.filter((line) => line.includes('could not be verified'));
    expect(verdicts).toHaveLength(1);
    expect(verdicts[0]).toContain(words);
  });
});
