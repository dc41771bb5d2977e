import { Controller, Get, Inject, Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { afterEach, describe, expect, it } from 'vitest';
import { CohereModule } from '../../../lib/cohere.module.js';
import { CohereHealthIndicator } from '../../../lib/health/index.js';
import { CohereEmulator } from '../../../lib/testing/index.js';

let emulator: CohereEmulator;
let app: INestApplication;

afterEach(async () => {
  await app.close();
  await emulator.stop();
});

async function start(cacheMs: number): Promise<() => Promise<{ status: number; body: unknown }>> {
  @Controller()
  class HealthController {
    constructor(
      @Inject(HealthCheckService) private readonly health: HealthCheckService,
      @Inject(CohereHealthIndicator) private readonly cohere: CohereHealthIndicator,
    ) {}

    @Get('ready')
    @HealthCheck()
    check() {
      return this.health.check([() => this.cohere.isHealthy('cohere', { cacheMs })]);
    }
  }

  emulator = await CohereEmulator.start();
  @Module({
    imports: [
      TerminusModule.forRoot({ logger: false }),
      CohereModule.forRoot({
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

  it('is only degraded while Cohere cannot be asked, so that nobody restarts the app', async () => {
    const ready = await start(0);
    await emulator.stop();
    expect(await ready()).toMatchObject({
      status: 200,
      body: { details: { cohere: { status: 'degraded', code: 'COHERE_UNREACHABLE' } } },
    });
  });

  it('asks once for many probes', async () => {
    const ready = await start(60_000);
    await Promise.all([ready(), ready(), ready()]);
    await ready();
    expect(emulator.requests).toHaveLength(1);
  });
});
