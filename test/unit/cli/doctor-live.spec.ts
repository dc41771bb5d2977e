import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CohereEmulator } from '../../../lib/testing/index.js';
import { fingerprint } from '../../../lib/config/api-key/secret.js';
import { freePort } from '../../support/loopback.js';
import { examined } from './examined.js';

let emulator: CohereEmulator;

beforeAll(async () => {
  emulator = await CohereEmulator.start();
});
afterAll(() => emulator.stop());

function asked(key: string, mode: string, more: Record<string, string> = {}) {
  return examined({
    environment: { COHERE_API_KEY: key, COHERE_BASE_URL: emulator.url, LANG: 'C.UTF-8', ...more },
    words: ['--live', mode],
  });
}

describe('nestjs-cohere doctor --live', () => {
  it.each([
    [
      'key',
      /✓ COHERE_API_KEY \(sha256:[0-9a-f]{8}\): the emulator accepts it; organization \S+ \(\d+ ms\)\./,
    ],
    [
      'model',
      /the emulator accepts it, and rerank-v5\.0-fast serves rerank; organization \S+ \(\d+ ms\)\./,
    ],
    ['rerank', /rerank-v5\.0-fast reranked a document with it \(\d+ ms\)\./],
  ])('%s: a good key is valid', async (mode, line) => {
    const { exitCode, stdout } = await asked(emulator.keys.active, mode);

    expect(stdout).toMatch(line);
    expect(exitCode).toBe(0);
  });

  it('checks the key when no mode is given', async () => {
    const { exitCode, stdout } = await examined({
      environment: { COHERE_API_KEY: emulator.keys.active },
      words: ['--live', '--base-url', emulator.url, '--json'],
    });

    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ live: { mode: 'key', verdict: 'valid' } });
  });

  it.each(['key', 'model', 'rerank'])(
    '%s: a trial key is reported with its limits',
    async (mode) => {
      const { exitCode, stdout } = await asked(emulator.keys.trial, mode);

      expect(stdout).toMatch(
        /! The key is a trial key, limited to \d+ calls a minute and 1000 calls/,
      );
      expect(exitCode).toBe(0);
    },
  );

  it('a trial key is wrong where none may be used', async () => {
    const { exitCode, stdout } = await asked(emulator.keys.trial, 'key', {
      COHERE_STARTUP_CHECK_ON_TRIAL_KEY: 'fail',
    });

    expect(stdout).toContain('COHERE_API_KEY_TRIAL');
    expect(exitCode).toBe(77);
  });

  it('a key of another organization is wrong, and both organizations are named', async () => {
    const { exitCode, stdout } = await asked(emulator.keys.active, 'key', {
      COHERE_ORGANIZATION_ID: 'org-production',
    });

    expect(stdout).toContain('COHERE_API_KEY_WRONG_ORGANIZATION');
    expect(stdout).toContain('org-production');
    expect(exitCode).toBe(77);
  });

  it('reports a refused key with its origin, and exits with 77', async () => {
    const { exitCode, stdout } = await asked(emulator.keys.revoked, 'key');

    expect(exitCode).toBe(77);
    expect(stdout).toContain('COHERE_API_KEY_REJECTED');
    expect(stdout).toContain('COHERE_API_KEY from the environment, 40 char');
    expect(stdout).not.toContain(emulator.keys.revoked);
    // Once among the settings, and once in the report.
    expect(stdout.split(fingerprint(emulator.keys.revoked))).toHaveLength(3);
  });

  it('a key that may not rerank is found by asking for a rerank', async () => {
    expect((await asked(emulator.keys.noRerank, 'key')).exitCode).toBe(0);
    const { exitCode, stdout } = await asked(emulator.keys.noRerank, 'rerank');

    expect(exitCode).toBe(77);
    expect(stdout).toContain('COHERE_API_KEY_FORBIDDEN');
  });

  it('a model that does not exist is found by asking for the model', async () => {
    const { exitCode, stdout } = await asked(emulator.keys.active, 'model', {
      COHERE_RERANK_MODEL: 'rerank-v99',
    });

    expect(exitCode).not.toBe(0);
    expect(stdout).toContain('COHERE_MODEL_NOT_FOUND');
  });

  it('gives no verdict on the key when Cohere is unreachable, and exits with 69', async () => {
    const { exitCode, stdout } = await examined({
      environment: { COHERE_API_KEY: emulator.keys.active, COHERE_MAX_RETRIES: '0' },
      words: ['--live', '--base-url', `http://127.0.0.1:${await freePort()}`],
    });

    expect(exitCode).toBe(69);
    expect(stdout).toContain('COHERE_UNREACHABLE');
  });

  it('reports that the emulator responded, not Cohere', async () => {
    const { stdout } = await asked(emulator.keys.active, 'key');

    expect(stdout).toContain(
      '! The base URL is the emulator of nestjs-cohere: Cohere itself was not asked.',
    );
  });

  it('sends no request when the configuration is wrong', async () => {
    const before = emulator.requests.length;
    const { exitCode } = await asked('"your-api-key"', 'rerank');

    expect(exitCode).toBe(78);
    expect(emulator.requests).toHaveLength(before);
  });
});
