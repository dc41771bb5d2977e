import { ConsoleLogger, Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { CohereModule } from '../../../lib/cohere.module.js';
import {
  answer,
  answeringServer,
  type AnsweringServer,
} from '../../e2e/support/answering-server.js';
import { CANARY, traces } from '../secrets/traces.js';

let server: AnsweringServer;
let app: INestApplication | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
  await server.stop();
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

async function boot(platform: string, listener: RequestListener, baseUrl?: string) {
  server = await answeringServer(listener);
  @Module({
    imports: [
      CohereModule.forRoot({
        apiKey: CANARY,
        baseUrl: baseUrl ?? server.url,
        startupCheck: { mode: 'key', timeoutMs: 700 },
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
    ['503', answer(503, { message: 'unavailable' }), 'COHERE_UPSTREAM_ERROR'],
    ['500', answer(500, { message: 'internal server error' }), 'COHERE_UPSTREAM_ERROR'],
    ['429', answer(429, { message: 'Please wait and try again later' }), 'COHERE_RATE_LIMITED'],
    ['402', answer(402, { message: 'Please add a payment method' }), 'COHERE_BILLING_REQUIRED'],
    ['404', answer(404, '404 page not found'), 'COHERE_RESPONSE_INVALID'],
    ['HTML with status 200', answer(200, '<html>Log in</html>'), 'COHERE_BLOCKED'],
    ['JSON that says nothing', answer(200, {}), 'COHERE_RESPONSE_INVALID'],
    ['valid as a text', answer(200, { valid: 'true' }), 'COHERE_RESPONSE_INVALID'],
    ['403 HTML', answer(403, '<!doctype html><title>403</title>'), 'COHERE_BLOCKED'],
    ['silence', () => {}, 'COHERE_TIMEOUT'],
    ['a closed connection', (request) => void request.socket.destroy(), 'COHERE_UNREACHABLE'],
  ] satisfies [string, RequestListener, string][])(
    'when Cohere answers %s',
    async (_name, listener, code) => {
      const { status, warnings } = await boot(platform, listener);
      expect(status).toBe(404);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain('could not be verified');
      expect(warnings[0]).toContain(code);
      expect(traces(warnings.join())).toEqual([]);
    },
  );

  it.each([
    ['nothing listens there', 'http://127.0.0.1:9', 'ECONNREFUSED'],
    ['there is no such host', 'http://nowhere.invalid', 'COHERE_UNREACHABLE'],
  ])('when %s', async (_name, baseUrl, words) => {
    const { warnings } = await boot(platform, () => {}, baseUrl);
    const verdicts = warnings.filter((line) => line.includes('could not be verified'));
    expect(verdicts).toHaveLength(1);
    expect(verdicts[0]).toContain(words);
  });
});
