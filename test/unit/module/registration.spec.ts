import {
  Inject,
  Injectable,
  Module,
  type DynamicModule,
  type ModuleMetadata,
} from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { CohereClientV2 } from 'cohere-ai';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  AuthenticationError,
  cohereConfig,
  CohereModule,
  ConfigurationError,
  getCohereToken,
  getRerankToken,
  InjectCohere,
  InjectRerank,
  RerankService,
  type CohereModuleOptions,
  type CohereOptionsFactory,
} from '../../../lib/index.js';
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
});
afterEach(async () => {
  vi.unstubAllEnvs();
  emulator.setKey(emulator.keys.active, 'active');
  await Promise.all(running.map((app) => app.close()));
  running = [];
});

async function start(metadata: ModuleMetadata) {
  @Module(metadata)
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, {
    logger: false,
    abortOnError: false,
  });
  running.push(app);
  return app;
}

const filtersOf = ({ providers = [] }: DynamicModule) =>
  providers.filter((provider) => 'provide' in provider && provider.provide === APP_FILTER);

const request = { query: 'reset a password', documents: ['invoices', 'how to reset a password'] };

async function expectItRanks(rerank: RerankService): Promise<void> {
  const { results } = await rerank.rerank(request);
  expect(results.map(({ index }) => index)).toEqual([1, 0]);
}

@Injectable()
class OptionsFactory implements CohereOptionsFactory {
  createCohereOptions(): CohereModuleOptions {
    return { clientName: 'from a class' };
  }
}

@Module({ providers: [OptionsFactory], exports: [OptionsFactory] })
class OptionsFactoryModule {}

/** What compiles only in JavaScript. */
function register(method: 'forRoot' | 'forRootAsync', options: unknown): DynamicModule {
  const definition: DynamicModule = Reflect.apply(CohereModule[method], CohereModule, [options]);
  return definition;
}

describe('CohereModule', () => {
  it.each([
    ['forRoot()', () => CohereModule.forRoot()],
    ['forRoot({})', () => CohereModule.forRoot({})],
    ['forRootAsync()', () => CohereModule.forRootAsync()],
    ['forRootAsync({ isGlobal })', () => CohereModule.forRootAsync({ isGlobal: true })],
    ['useFactory', () => CohereModule.forRootAsync({ useFactory: () => ({}) })],
    ['useFactory that is async', () => CohereModule.forRootAsync({ useFactory: async () => ({}) })],
    [
      'useFactory with ConfigService',
      () =>
        CohereModule.forRootAsync({
          imports: [ConfigModule.forRoot({ ignoreEnvFile: true })],
          inject: [ConfigService],
          useFactory: (config: ConfigService) => ({
            apiKey: config.get<string>('COHERE_API_KEY'),
            timeoutMs: undefined,
          }),
        }),
    ],
    ['useClass', () => CohereModule.forRootAsync({ useClass: OptionsFactory })],
    [
      'useExisting',
      () =>
        CohereModule.forRootAsync({
          imports: [OptionsFactoryModule],
          useExisting: OptionsFactory,
        }),
    ],
    ['cohereConfig.asProvider()', () => CohereModule.forRootAsync(cohereConfig.asProvider())],
  ])('%s gives a RerankService that ranks', async (_name, registration) => {
    const app = await start({ imports: [registration()] });
    await expectItRanks(app.get(RerankService));
  });

  it('takes each kind of key source', async () => {
    vi.stubEnv('OTHER_KEY', emulator.keys.trial);
    const sources: CohereModuleOptions['apiKey'][] = [
      emulator.keys.active,
      () => emulator.keys.active,
      async () => Promise.resolve(emulator.keys.active),
      { env: 'OTHER_KEY' },
    ];
    for (const apiKey of sources) {
      const app = await start({ imports: [CohereModule.forRoot({ apiKey })] });
      await expectItRanks(app.get(RerankService));
    }
  });

  it('is seen everywhere with isGlobal', async () => {
    @Injectable()
    class Search {
      constructor(@Inject(RerankService) readonly rerank: RerankService) {}
    }
    @Module({ providers: [Search] })
    class SearchModule {}
    const app = await start({ imports: [CohereModule.forRoot({ isGlobal: true }), SearchModule] });
    await expectItRanks(app.get(Search, { strict: false }).rerank);
  });

  it('keeps named instances apart from each other and from the unnamed one', async () => {
    const other = await CohereEmulator.start({ score: (_query, _text, index) => 1 / (index + 2) });
    @Injectable()
    class Search {
      constructor(
        @Inject(RerankService) readonly here: RerankService,
        @InjectRerank() readonly alsoHere: RerankService,
        @InjectRerank('eu') readonly there: RerankService,
      ) {}
    }
    const app = await start({
      imports: [
        CohereModule.forRoot(),
        CohereModule.forRoot({ name: 'eu', baseUrl: other.url }),
        CohereModule.forRootAsync({ name: 'us', useFactory: () => ({}) }),
      ],
      providers: [Search],
    });
    const { here, alsoHere, there } = app.get(Search);
    expect(alsoHere).toBe(here);
    expect(there).not.toBe(here);
    await expectItRanks(here);
    await expectItRanks(app.get(getRerankToken('us')));
    const { results } = await there.rerank(request);
    expect(results.map(({ index }) => index)).toEqual([0, 1]);
    await other.stop();
  });

  it('gives the SDK client with client: true, on the same key and address', async () => {
    @Injectable()
    class Chat {
      constructor(@InjectCohere() readonly cohere: CohereClientV2) {}
    }
    const app = await start({
      imports: [CohereModule.forRoot({ client: true })],
      providers: [Chat],
    });
    const { cohere } = app.get(Chat);
    expect(cohere).toBeInstanceOf(CohereClientV2);
    const { results } = await cohere.rerank({ ...request, model: 'rerank-v5.0-fast' });
    expect(results[0]?.index).toBe(1);
    expect(app.get(getCohereToken())).toBe(cohere);
  });

  it('registers its filter, unless filter is false', async () => {
    expect(filtersOf(CohereModule.forRoot())).toHaveLength(1);
    expect(filtersOf(CohereModule.forRoot({ filter: false }))).toHaveLength(0);
    expect(filtersOf(CohereModule.forRootAsync({ filter: false }))).toHaveLength(0);
  });

  describe('reports a wrong argument of its own call:', () => {
    class NoMethod {}

    it.each<[string, () => DynamicModule, string, string]>([
      [
        'options handed to forRootAsync()',
        () => register('forRootAsync', { apiKey: emulator.keys.active, timeoutMs: 5 }),
        'forRootAsync() does not take apiKey and timeoutMs.',
        'Return them from useFactory: forRootAsync({ useFactory: () => ({ apiKey: … }) }).',
      ],
      [
        'useValue',
        () => register('forRootAsync', { useValue: {} }),
        'forRootAsync() does not take useValue.',
        'Pass the value to forRoot().',
      ],
      [
        'a useFactory that is not a function',
        () => register('forRootAsync', { useFactory: {} }),
        'useFactory must be a function.',
        'Write useFactory: () => ({ … }), or pass the options to forRoot().',
      ],
      [
        'a useClass without the method',
        () => register('forRootAsync', { useClass: NoMethod }),
        'NoMethod has no method createCohereOptions().',
        'Let it implement CohereOptionsFactory: createCohereOptions() returns the options.',
      ],
      [
        'an argument of forRootAsync() that is not an object',
        () => register('forRootAsync', null),
        'The options of CohereModule must be an object.',
        'Pass an object to forRoot(), or return one from the factory of forRootAsync().',
      ],
      [
        'a name that is a number',
        () => register('forRoot', { name: 5 }),
        'name must be a non-blank string on one line.',
        'Set name to a non-blank string on one line, or leave it out.',
      ],
      [
        'a name that is null',
        () => register('forRoot', { name: null }),
        'name must be a non-blank string on one line.',
        'Set name to a non-blank string on one line, or leave it out.',
      ],
    ])('%s', async (_name, wrong, title, step) => {
      const error: unknown = await start({ imports: [wrong()] }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(error).toMatchObject({ message: title, diagnosis: { fix: [step] } });
      expect(error).toHaveProperty('stack', expect.stringContaining(step.slice(0, 40)));
    });
  });

  it('throws every problem at once, that of the key first', async () => {
    vi.stubEnv('COHERE_API_KEY', '"quoted"');
    const options = { timeoutMs: 0, maxRetries: 99, concurrency: 1.5 };
    const error: unknown = await start({ imports: [CohereModule.forRoot(options)] }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error instanceof ConfigurationError && error.problems.map(({ code }) => code)).toEqual([
      'COHERE_API_KEY_MALFORMED',
      'COHERE_CONFIG_INVALID',
      'COHERE_CONFIG_INVALID',
      'COHERE_CONFIG_INVALID',
    ]);
  });

  it.each([
    ['model', { model: 'rerank-v0' }, 'COHERE_MODEL_NOT_FOUND'],
    ['rerank', {}, 'COHERE_API_KEY_FORBIDDEN'],
  ] as const)('checks what mode %s says', async (mode, options, code) => {
    const apiKey = mode === 'rerank' ? emulator.keys.noRerank : emulator.keys.active;
    const registration = CohereModule.forRoot({ apiKey, startupCheck: mode, ...options });
    await expect(start({ imports: [registration] })).rejects.toMatchObject({ code });
  });

  it.each(['key', 'model', 'rerank'] as const)(
    'boots in mode %s when all is well',
    async (mode) => {
      const app = await start({ imports: [CohereModule.forRoot({ startupCheck: mode })] });
      await expectItRanks(app.get(RerankService));
    },
  );

  it('does not load the SDK client for a key that is refused', async () => {
    const registration = CohereModule.forRoot({ apiKey: emulator.keys.revoked, client: true });
    await expect(start({ imports: [registration] })).rejects.toBeInstanceOf(AuthenticationError);
  });

  it('continues with the new key after reloadKey()', async () => {
    const app = await start({ imports: [CohereModule.forRoot()] });
    const rerank = app.get(RerankService);
    emulator.setKey(emulator.keys.active, 'revoked');
    await expect(rerank.rerank(request)).rejects.toBeInstanceOf(AuthenticationError);
    vi.stubEnv('COHERE_API_KEY', emulator.keys.trial);
    await rerank.reloadKey();
    await expectItRanks(rerank);
  });
});
