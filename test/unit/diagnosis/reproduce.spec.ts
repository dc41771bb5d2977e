import { ConsoleLogger } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  CohereModule,
  DIAGNOSIS_CODES,
  RerankService,
  type CohereModuleOptions,
  type DiagnosisCode,
} from 'nestjs-cohere';
import { CohereEmulator } from 'nestjs-cohere/testing';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { diagnose } from '../../../lib/diagnosis/diagnose.js';
import { CATALOGUE } from '../../../lib/diagnosis/catalogue.js';

const WITH_EMULATOR = DIAGNOSIS_CODES.filter((code) =>
  CATALOGUE[code].reproduce.includes('CohereEmulator'),
);
const WITH_SHELL = DIAGNOSIS_CODES.filter((code) =>
  CATALOGUE[code].reproduce.endsWith(' npm start'),
);

const SILENT = new ConsoleLogger({ logLevels: [] });
const emulators: CohereEmulator[] = [];

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(emulators.splice(0).map((emulator) => emulator.stop()));
});

/** Runs the example of the documentation as it stands, and keeps the options it passes. */
async function optionsOf(example: string): Promise<CohereModuleOptions> {
  let options: CohereModuleOptions | undefined;
  await runInNewContext(`(async () => {\n${example}\n})()`, {
    CohereEmulator: {
      start: async () => {
        const emulator = await CohereEmulator.start();
        emulators.push(emulator);
        return emulator;
      },
    },
    CohereModule: {
      forRoot: (given: CohereModuleOptions) => {
        options = given;
      },
    },
  });
  if (options === undefined) {
    throw new Error('The example passes no options.');
  }
  return options;
}

/** The first failure, of the boot or of the calls after it. */
async function codeOf(
  options: CohereModuleOptions,
  { calls = 0, checkMs = 20_000 } = {},
): Promise<DiagnosisCode | undefined> {
  const given = options.startupCheck ?? 'key';
  const check = typeof given === 'string' ? { mode: given } : given;
  const startupCheck = { ...check, timeoutMs: checkMs, onUnreachable: 'fail' } as const;
  const module = CohereModule.forRoot({ maxRetries: 0, ...options, startupCheck });
  let app: TestingModule | undefined;
  try {
    app = await Test.createTestingModule({ imports: [module] })
      .setLogger(SILENT)
      .compile();
    await app.init();
    for (let call = 0; call < calls; call += 1) {
      await app.get(RerankService).rerank({ query: 'q', documents: ['d'] });
    }
    return undefined;
  } catch (error) {
    return diagnose(error)?.code;
  } finally {
    await app?.close();
  }
}

/** Sets what the command line sets, over an environment in which the app would start. */
async function applyCommand(command: string): Promise<void> {
  const emulator = await CohereEmulator.start();
  emulators.push(emulator);
  vi.stubEnv('COHERE_API_KEY', emulator.keys.active);
  // The sample starts an emulator where no key is set; a key of the example goes to Cohere itself.
  vi.stubEnv('COHERE_BASE_URL', /\bCOHERE_API_KEY=/.test(command) ? undefined : emulator.url);
  for (const [, name = '', quoted, bare] of command.matchAll(/([A-Z_]+)=(?:'(.*)'|(\S*))/g)) {
    // A key and a file with one would be two sources; the file is what the example is about.
    vi.stubEnv(
      'COHERE_API_KEY',
      name === 'COHERE_API_KEY_FILE' ? undefined : process.env['COHERE_API_KEY'],
    );
    vi.stubEnv(name, quoted ?? bare);
  }
  for (const [, name = ''] of command.matchAll(/-u ([A-Z_]+)/g)) {
    vi.stubEnv(name, undefined);
  }
}

describe('the example under "How to see it"', () => {
  it.each(WITH_EMULATOR)('shows %s on the emulator', async (code) => {
    const options = await optionsOf(CATALOGUE[code].reproduce);

    const calls = code === 'COHERE_RATE_LIMITED' ? 11 : 0;
    // Only here the deadline is what is shown.
    const checkMs = code === 'COHERE_TIMEOUT' ? 300 : undefined;
    expect(await codeOf(options, { calls, checkMs })).toBe(code);
  });

  it.each(WITH_SHELL)('shows %s from the shell', async (code) => {
    await applyCommand(CATALOGUE[code].reproduce);
    const mode = code === 'COHERE_MODEL_NOT_FOUND' ? 'model' : 'key';

    expect(await codeOf({ startupCheck: mode })).toBe(code);
  });

  it('shows COHERE_API_KEY_SOURCE_FAILED by a function', async () => {
    const options = await optionsOf(CATALOGUE.COHERE_API_KEY_SOURCE_FAILED.reproduce);

    expect(await codeOf(options)).toBe('COHERE_API_KEY_SOURCE_FAILED');
  });

  it('is one of these for every code but that of a single call', () => {
    const shown = [...WITH_EMULATOR, ...WITH_SHELL, 'COHERE_API_KEY_SOURCE_FAILED'];

    expect(DIAGNOSIS_CODES.filter((code) => !shown.includes(code))).toEqual([
      'COHERE_REQUEST_INVALID',
    ]);
  });
});
