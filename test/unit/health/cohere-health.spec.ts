import { Controller, Get, Inject, Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  HealthCheck,
  HealthCheckService,
  HealthIndicatorService,
  TerminusModule,
} from '@nestjs/terminus';
import { afterEach, describe, expect, it } from 'vitest';
import { CohereModule } from '../../../lib/cohere.module.js';
import { CohereHealthIndicator, type CohereHealthOptions } from '../../../lib/health/index.js';
import { getRerankToken, RerankService } from 'nestjs-cohere';
import { CohereEmulator } from '../../../lib/testing/index.js';

// terminus 11 has no such state.
const hasDegraded = Reflect.has(new HealthIndicatorService().check('cohere'), 'degraded');

let emulator: CohereEmulator;
let app: INestApplication;

afterEach(async () => {
  await app.close();
  await emulator.stop();
});

interface StartOptions {
  readonly name?: string | undefined;
  readonly options?: (app: INestApplication) => CohereHealthOptions;
}

async function start(
  cacheMs: number,
  { name, options = () => ({}) }: StartOptions = {},
): Promise<() => Promise<{ status: number; body: unknown }>> {
  @Controller()
  class HealthController {
    constructor(
      @Inject(HealthCheckService) private readonly health: HealthCheckService,
      @Inject(CohereHealthIndicator) private readonly cohere: CohereHealthIndicator,
    ) {}

    @Get('ready')
    @HealthCheck()
    check() {
      return this.health.check([
        () => this.cohere.isHealthy('cohere', { cacheMs, ...options(app) }),
      ]);
    }
  }

  emulator = await CohereEmulator.start();
  @Module({
    imports: [
      TerminusModule.forRoot({ logger: false }),
      CohereModule.forRoot({
        name,
        apiKey: emulator.keys.active,
        baseUrl: emulator.url,
        startupCheck: 'off',
        maxRetries: 0,
      }),
    ],
    controllers: [HealthController],
    providers: [CohereHealthIndicator],
  })
  class AppModule {}

  app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return async () => {
    const response = await fetch(`${url}/ready`);
    return { status: response.status, body: await response.json() };
  };
}

describe('CohereHealthIndicator', () => {
  it('is up while Cohere accepts the key', async () => {
    const ready = await start(0);
    expect(await ready()).toMatchObject({
      status: 200,
      body: { details: { cohere: { status: 'up' } } },
    });
  });

  it('reports a trial key once a response has shown it', async () => {
    const ready = await start(0);
    emulator.setKey(emulator.keys.active, 'trial');
    await app.get(RerankService).rerank({ query: 'q', documents: ['a'] });
    expect(await ready()).toMatchObject({
      status: 200,
      body: { details: { cohere: { status: 'up', isTrial: true } } },
    });
  });

  it('is down, with the fix, once Cohere refuses the key', async () => {
    const ready = await start(0);
    emulator.setKey(emulator.keys.active, 'revoked');
    expect(await ready()).toMatchObject({
      status: 503,
      body: {
        details: {
          cohere: {
            status: 'down',
            code: 'COHERE_API_KEY_REJECTED',
            fix: expect.arrayContaining([expect.any(String)]),
          },
        },
      },
    });
  });

  it('is only degraded while Cohere is unavailable, so that nothing restarts the app', async () => {
    const ready = await start(0);
    await emulator.stop();
    expect(await ready()).toMatchObject({
      status: 200,
      body: {
        details: {
          cohere: hasDegraded
            ? { status: 'degraded', code: 'COHERE_UNREACHABLE' }
            : { status: 'up', degraded: true, code: 'COHERE_UNREACHABLE' },
        },
      },
    });
  });

  it('checks a named instance if the app has no other', async () => {
    const ready = await start(0, {
      name: 'eu',
      options: (host) => ({ rerank: host.get<RerankService>(getRerankToken('eu')) }),
    });
    expect(await ready()).toMatchObject({ status: 200 });
    emulator.setKey(emulator.keys.active, 'revoked');
    expect(await ready()).toMatchObject({ status: 503 });
  });

  it('says what to pass when the app has named instances only and none is given', async () => {
    const ready = await start(0, { name: 'eu' });
    expect(await ready()).toMatchObject({
      status: 500,
      body: {
        code: 'COHERE_CONFIG_INVALID',
        fix: expect.arrayContaining([expect.stringContaining('@InjectRerank')]),
      },
    });
  });

  it('a failed check is not cached', async () => {
    let timeoutMs = -1;
    const ready = await start(60_000, { options: () => ({ timeoutMs }) });
    expect(await ready()).toMatchObject({ status: 400, body: { code: 'COHERE_REQUEST_INVALID' } });
    timeoutMs = 3_000;
    expect(await ready()).toMatchObject({ status: 200 });
  });

  it('sends one request for many probes', async () => {
    const ready = await start(60_000);
    await Promise.all([ready(), ready(), ready()]);
    await ready();
    expect(emulator.requests).toHaveLength(1);
  });
});
