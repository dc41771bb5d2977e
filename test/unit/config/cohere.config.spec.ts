import { inspect } from 'node:util';
import { Module, type DynamicModule } from '@nestjs/common';
import * as config12 from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import * as config4 from 'nestjs-config-4';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cohereConfig } from '../../../lib/config/cohere.config.js';
import { CohereModule } from '../../../lib/cohere.module.js';
import { resolve } from './resolving.js';
import { KEY, rejectionOf, workingDirectory } from './working-directory.js';
import { cohereEnvSchema } from '../../../lib/config/cohere-env.schema.js';
import { ConfigurationError } from '../../../lib/diagnosis/errors.js';

const VERSIONS = [
  ['12', config12],
  ['4', config4],
] as const;

let directory: string;

beforeEach(() => {
  directory = workingDirectory();
  vi.spyOn(process, 'cwd').mockReturnValue(directory);
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('COHERE_')) {
      vi.stubEnv(name, undefined);
    }
  }
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe('cohereConfig', () => {
  it('returns typed values, and only the source of the key', async () => {
    vi.stubEnv('COHERE_API_KEY', KEY);
    vi.stubEnv('COHERE_TIMEOUT_MS', '2500');
    vi.stubEnv('COHERE_STARTUP_CHECK', 'off');

    const { apiKey, ...others } = await cohereConfig();

    expect(apiKey).toEqual({ env: 'COHERE_API_KEY' });
    expect(others).toMatchObject({ timeoutMs: 2500, maxRetries: 2, startupCheck: { mode: 'off' } });
  });

  it('gives options that the module resolves to the settings of the environment', async () => {
    const variables = {
      COHERE_API_KEY: KEY,
      COHERE_API_KEY_HEADER: 'Api-Key',
      COHERE_ORGANIZATION_ID: '1b2c',
      COHERE_BASE_URL: 'https://models.example.test/x/v1/rerank',
      COHERE_RERANK_MODEL: 'reranker',
      COHERE_TIMEOUT_MS: '5',
      COHERE_MAX_RETRIES: '0',
      COHERE_CONCURRENCY: '3',
      COHERE_STARTUP_CHECK: 'rerank',
      COHERE_STARTUP_CHECK_TIMEOUT_MS: '7',
      COHERE_STARTUP_CHECK_ON_UNREACHABLE: 'fail',
      COHERE_STARTUP_CHECK_ON_TRIAL_KEY: 'fail',
    };
    for (const [name, value] of Object.entries(variables)) {
      vi.stubEnv(name, value);
    }
    const options = await cohereConfig();

    expect((await resolve(options)).settings).toEqual((await resolve({}, variables)).settings);
  });

  it('gives the key file where the key is in one', async () => {
    const file = join(directory, 'key');
    writeFileSync(file, `${KEY}\n`);
    vi.stubEnv('COHERE_API_KEY_FILE', file);

    expect(await cohereConfig()).toMatchObject({ apiKey: { file } });
  });

  it('gives the variable where both are set, which wins over the file', async () => {
    vi.stubEnv('COHERE_API_KEY', KEY);
    vi.stubEnv('COHERE_API_KEY_FILE', join(directory, 'key'));

    expect(await cohereConfig()).toMatchObject({ apiKey: { env: 'COHERE_API_KEY' } });
  });

  it('gives no options where the environment is not valid, which CohereModule reports', async () => {
    vi.stubEnv('COHERE_TIMEOUT_MS', 'soon');
    vi.stubEnv('COHERE_API_KEY', `"${KEY}"`);

    expect(await cohereConfig()).toEqual({});

    class App {}
    Module({ imports: [CohereModule.forRootAsync(cohereConfig.asProvider())] })(App);
    const error = await rejectionOf(
      NestFactory.createApplicationContext(App, { logger: false, abortOnError: false }),
    );
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error instanceof ConfigurationError && error.problems).toHaveLength(2);
  });
});

describe.each(VERSIONS)('with @nestjs/config %s', (_, { ConfigModule, ConfigService }) => {
  it('cohereConfig is loaded by ConfigModule, and ConfigService never prints the key', async () => {
    vi.stubEnv('COHERE_API_KEY', KEY);
    vi.stubEnv('COHERE_CONCURRENCY', '4');
    const testing = await Test.createTestingModule({
      imports: [ConfigModule.forRoot({ load: [cohereConfig], ignoreEnvFile: true })],
    }).compile();
    const service = testing.get(ConfigService);

    expect(service.get('cohere.concurrency')).toBe(4);
    expect(inspect(service, { depth: null, showHidden: true })).not.toContain(KEY);
  });

  it('cohereConfig.asProvider() hands the options to what injects them', async () => {
    vi.stubEnv('COHERE_API_KEY', KEY);
    const { imports, inject, useFactory } = cohereConfig.asProvider();
    const consumer: DynamicModule = {
      module: class Consumer {},
      imports,
      providers: [{ provide: 'OPTIONS', inject, useFactory }],
    };
    const testing = await Test.createTestingModule({
      imports: [ConfigModule.forRoot({ ignoreEnvFile: true }), consumer],
    }).compile();

    expect(testing.get('OPTIONS', { strict: false })).toMatchObject({
      apiKey: { env: 'COHERE_API_KEY' },
    });
  });

  it('a bad key fails NestFactory with the diagnosis, which names the line of the .env file', async () => {
    writeFileSync(join(directory, '.env'), `# settings\nCOHERE_API_KEY='"${KEY}"'\n`);
    class App {}
    Module({
      imports: [
        ConfigModule.forRoot({ load: [cohereConfig] }),
        CohereModule.forRootAsync(cohereConfig.asProvider()),
      ],
    })(App);

    const error = await rejectionOf(
      NestFactory.createApplicationContext(App, { logger: false, abortOnError: false }),
    );

    expect(error).toMatchObject({
      code: 'COHERE_API_KEY_MALFORMED',
      diagnosis: {
        key: expect.stringMatching(
          /^COHERE_API_KEY from \.env:2, 42 characters, sha256:[0-9a-f]{8}/,
        ),
      },
    });
    vi.stubEnv('COHERE_API_KEY', undefined);
  });

  it('cohereEnvSchema is a validationSchema: its messages are printed as they are, without the key', async () => {
    vi.stubEnv('COHERE_API_KEY', `"${KEY}"`);
    vi.stubEnv('COHERE_MAX_RETRIES', 'many');

    const error = await rejectionOf(
      Promise.resolve(
        ConfigModule.forRoot({ validationSchema: cohereEnvSchema, ignoreEnvFile: true }),
      ),
    );

    expect(String(error)).toContain('Config validation error: COHERE_');
    expect(String(error)).toContain('COHERE_API_KEY is wrapped in quotation marks.');
    expect(String(error)).toContain('COHERE_MAX_RETRIES must be a whole number from 0 to 10.');
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain(KEY);
  });

  it('cohereEnvSchema converts numbers for ConfigService', async () => {
    vi.stubEnv('COHERE_API_KEY', KEY);
    vi.stubEnv('COHERE_TIMEOUT_MS', '1234');
    const testing = await Test.createTestingModule({
      imports: [ConfigModule.forRoot({ validationSchema: cohereEnvSchema, ignoreEnvFile: true })],
    }).compile();

    expect(testing.get(ConfigService).get('COHERE_TIMEOUT_MS')).toBe(1234);
  });
});
