import {
  ConsoleLogger,
  Inject,
  Injectable,
  Module,
  Scope,
  type ModuleMetadata,
} from '@nestjs/common';
import { LazyModuleLoader, NestFactory, REQUEST } from '@nestjs/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  AuthenticationError,
  CohereModule,
  ConfigurationError,
  getRerankToken,
  RerankService,
} from '../../../lib/index.js';
import { Test } from '@nestjs/testing';
import { CohereEmulator } from '../../../lib/testing/index.js';

let emulator: CohereEmulator;
let running: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  emulator = await CohereEmulator.start();
});
afterAll(() => emulator.stop());
beforeEach(() => {
  vi.stubEnv('COHERE_API_KEY', emulator.keys.active);
  vi.stubEnv('COHERE_BASE_URL', emulator.url);
  emulator.clearRequests();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(running.map((app) => app.close()));
  running = [];
});

class LinesLogger extends ConsoleLogger {
  readonly lines: string[] = [];

  protected override printMessages(messages: unknown[], _context?: string, level = 'log'): void {
    this.lines.push(...messages.map((message) => `${level} ${String(message)}`));
  }
}

async function boot(metadata: ModuleMetadata, logger = new LinesLogger()) {
  @Module(metadata)
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, {
    logger,
    abortOnError: false,
  });
  running.push(app);
  return app;
}

async function failureOf(boots: Promise<unknown>): Promise<unknown> {
  return boots.then(
    () => undefined,
    (error: unknown) => error,
  );
}

const asksForTheKey = () =>
  emulator.requests.filter(({ path }) => path === '/v1/check-api-key').length;

describe('a key Cohere rejects', () => {
  beforeEach(() => vi.stubEnv('COHERE_API_KEY', emulator.keys.revoked));

  it('fails the creation of the app, so that no microservice or gateway opens its port', async () => {
    @Module({ imports: [CohereModule.forRootAsync()] })
    class AppModule {}

    const error = await failureOf(
      NestFactory.create(AppModule, { logger: false, abortOnError: false }),
    );

    expect(error).toBeInstanceOf(AuthenticationError);
  });

  it('fails a module that is loaded lazily', async () => {
    const app = await boot({});
    @Module({ imports: [CohereModule.forRootAsync()] })
    class LazyModule {}

    const error = await failureOf(app.get(LazyModuleLoader).load(() => LazyModule));

    expect(error).toBeInstanceOf(AuthenticationError);
  });

  it('fails a named instance that nothing injects', async () => {
    const error = await failureOf(boot({ imports: [CohereModule.forRootAsync({ name: 'eu' })] }));

    expect(error).toBeInstanceOf(AuthenticationError);
  });
});

describe('a wrong registration', () => {
  it('of the bare class names forRootAsync()', async () => {
    const error = await failureOf(boot({ imports: [CohereModule] }));

    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toHaveProperty('diagnosis.fix.0', expect.stringContaining('forRootAsync()'));
  });

  it.each([null, 'options', 7, []])(
    'with forRoot(%j) is COHERE_CONFIG_INVALID',
    async (options) => {
      // @ts-expect-error -- JavaScript, or a mistyped JSON file
      const error = await failureOf(boot({ imports: [CohereModule.forRoot(options)] }));

      expect(error).toBeInstanceOf(ConfigurationError);
      expect(error).toHaveProperty('message', 'The options of CohereModule must be an object.');
    },
  );

  it('with options that depend on the request names forKey()', async () => {
    const error = await failureOf(
      boot({
        imports: [CohereModule.forRootAsync({ inject: [REQUEST], useFactory: () => ({}) })],
      }),
    );

    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toHaveProperty('diagnosis.fix.0', expect.stringContaining('forKey('));
  });

  it('with options that depend on it by way of another provider fails the same way', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Tenant {}
    @Module({ providers: [Tenant], exports: [Tenant] })
    class TenantModule {}

    const error = await failureOf(
      boot({
        imports: [
          CohereModule.forRootAsync({
            imports: [TenantModule],
            inject: [Tenant],
            useFactory: () => ({}),
          }),
        ],
      }),
    );

    expect(error).toHaveProperty('message', 'The options of CohereModule depend on the request.');
  });
});

describe('an instance that is registered twice', () => {
  it('is checked once, with one warning, and works in both modules', async () => {
    @Injectable()
    class Search {
      constructor(@Inject(RerankService) readonly rerank: RerankService) {}
    }
    @Module({ imports: [CohereModule.forRootAsync()], providers: [Search] })
    class OneModule {}
    @Module({ imports: [CohereModule.forRootAsync()] })
    class OtherModule {}
    const logger = new LinesLogger();

    const app = await boot({ imports: [OneModule, OtherModule] }, logger);

    expect(asksForTheKey()).toBe(1);
    expect(logger.lines.filter((line) => line.includes('registered more than once'))).toHaveLength(
      1,
    );
    expect(logger.lines.filter((line) => line.includes(' is valid; '))).toHaveLength(1);
    const { results } = await app
      .get(Search)
      .rerank.rerank({ query: 'a key', documents: ['a key', 'a lock'] });
    expect(results).toHaveLength(2);
  });

  it('under two names is two instances, without a warning', async () => {
    const logger = new LinesLogger();

    const app = await boot(
      { imports: [CohereModule.forRootAsync({ name: 'eu' }), CohereModule.forRootAsync()] },
      logger,
    );

    expect(asksForTheKey()).toBe(2);
    expect(app.get(getRerankToken('eu'))).not.toBe(app.get(RerankService));
    expect(logger.lines.filter((line) => line.startsWith('warn'))).toEqual([]);
  });
});

/** In real time, while the clock of the app stands still. */
const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

describe('a verdict that nothing waits for', () => {
  afterEach(() => vi.useRealTimers());

  it('is logged, where a test or an app has replaced RerankService', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    vi.stubEnv('COHERE_API_KEY', emulator.keys.revoked);
    vi.stubEnv('COHERE_STARTUP_CHECK_TIMEOUT_MS', '60000');
    const logger = new LinesLogger();
    const testing = await Test.createTestingModule({ imports: [CohereModule.forRootAsync()] })
      .setLogger(logger)
      .overrideProvider(RerankService)
      .useValue({ rerank: () => undefined })
      .compile();
    running.push(testing);

    const verdicts = () => logger.lines.filter((line) => line.includes('startup check failed'));
    // In small steps, once Cohere has answered: the deadline of the check, a minute, is on the same clock.
    while (verdicts().length === 0) {
      await turn();
      vi.advanceTimersByTime(emulator.requests[0]?.status === undefined ? 0 : 1);
    }

    expect(verdicts()).toHaveLength(1);
    const [line] = logger.lines.filter((text) => text.includes('startup check failed'));
    expect(line).toContain('COHERE_API_KEY_REJECTED');
    expect(line).not.toContain(emulator.keys.revoked);
  });
});
