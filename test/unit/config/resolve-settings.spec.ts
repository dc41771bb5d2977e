import { inspect } from 'node:util';
import { Agent } from 'undici';
import { describe, expect, it } from 'vitest';
import type { CohereModuleOptions } from '../../../lib/config/settings.js';
import { noticesAt, resolve } from './resolving.js';
import { KEY, OTHER_KEY } from './working-directory.js';
import { resolveConfiguration } from '../../../lib/config/resolve-configuration.js';
import type { ConfigurationEnvironment } from '../../../lib/config/resolved-configuration.interface.js';

const DEFAULTS = {
  baseUrl: 'https://api.cohere.com',
  model: 'rerank-v5.0-fast',
  timeoutMs: 10_000,
  maxRetries: 2,
  concurrency: 16,
  maxDocumentsPerRequest: 1_000,
  startupCheck: { mode: 'key', timeoutMs: 3_000, onUnreachable: 'warn' },
  clientName: undefined,
  headers: {},
  dispatcher: undefined,
  captureContent: false,
};

describe('settings', () => {
  it('are the defaults when nothing but the key is set', async () => {
    const { settings, apiKey, keySource, notices } = await resolve({});

    expect(settings).toEqual(DEFAULTS);
    expect(apiKey?.reveal()).toBe(KEY);
    expect(keySource.name).toBe('COHERE_API_KEY');
    expect(notices).toEqual([]);
  });

  it('come from the environment where no option is given', async () => {
    const { settings } = await resolve(
      {},
      {
        COHERE_API_KEY: KEY,
        COHERE_BASE_URL: 'https://vault.example.test/v2/rerank',
        COHERE_RERANK_MODEL: ' rerank-v3.5 ',
        COHERE_TIMEOUT_MS: '600000',
        COHERE_MAX_RETRIES: '0',
        COHERE_CONCURRENCY: '1000',
        COHERE_STARTUP_CHECK: 'rerank',
        COHERE_STARTUP_CHECK_TIMEOUT_MS: '60000',
        COHERE_STARTUP_CHECK_ON_UNREACHABLE: 'fail',
      },
    );

    expect(settings).toEqual({
      ...DEFAULTS,
      baseUrl: 'https://vault.example.test',
      model: 'rerank-v3.5',
      timeoutMs: 600_000,
      maxRetries: 0,
      concurrency: 1_000,
      startupCheck: { mode: 'rerank', timeoutMs: 60_000, onUnreachable: 'fail' },
    });
  });

  it('come from the options before all', async () => {
    const dispatcher = new Agent();
    const options: CohereModuleOptions = {
      apiKey: OTHER_KEY,
      baseUrl: 'https://a.example.test',
      model: 'm',
      timeoutMs: 1,
      maxRetries: 10,
      concurrency: 1,
      maxDocumentsPerRequest: 10_000,
      startupCheck: { mode: 'model', timeoutMs: 1, onUnreachable: 'fail' },
      clientName: 'my app',
      headers: { 'X-Tenant': 'eu' },
      dispatcher,
      captureContent: true,
    };
    const { settings, apiKey } = await resolve(options, {
      COHERE_API_KEY: KEY,
      COHERE_BASE_URL: 'https://b.example.test',
      COHERE_TIMEOUT_MS: '5',
      COHERE_STARTUP_CHECK: 'off',
    });

    const { apiKey: _, ...expected } = options;
    expect(settings).toEqual(expected);
    expect(settings.dispatcher).toBe(dispatcher);
    expect(apiKey?.reveal()).toBe(OTHER_KEY);
    await dispatcher.close();
  });

  it('are left out by undefined, and by variables that are empty', async () => {
    const { settings } = await resolve(
      { timeoutMs: undefined, model: undefined, startupCheck: undefined, apiKey: undefined },
      { COHERE_API_KEY: KEY, COHERE_TIMEOUT_MS: '', COHERE_BASE_URL: '  ' },
    );

    expect(settings).toEqual(DEFAULTS);
  });

  it('of the startup check are filled up one by one', async () => {
    const variables = { COHERE_API_KEY: KEY, COHERE_STARTUP_CHECK_TIMEOUT_MS: '500' };

    expect((await resolve({ startupCheck: 'off' }, variables)).settings.startupCheck).toEqual({
      mode: 'off',
      timeoutMs: 500,
      onUnreachable: 'warn',
    });
    expect(
      (await resolve({ startupCheck: { mode: 'key', timeoutMs: 7 } }, variables)).settings
        .startupCheck,
    ).toEqual({ mode: 'key', timeoutMs: 7, onUnreachable: 'warn' });
  });

  it('are not the object that was passed', async () => {
    const headers = { 'X-Tenant': 'eu' };
    const { settings } = await resolve({ headers });

    expect(settings.headers).not.toBe(headers);
  });
});

describe('notices', () => {
  it('warn of plain http to another host, and not to this one or without a key', async () => {
    const warning =
      'warn: COHERE_BASE_URL is a plain http address: the API key and the documents are sent unencrypted.';
    expect(await noticesAt({}, 'http://cohere.internal:8080')).toEqual([warning]);
    expect(await noticesAt({}, 'http://127.0.0.1:3000')).toEqual([]);
    expect(await noticesAt({}, 'http://localhost:3000')).toEqual([]);
    expect(await noticesAt({}, 'http://[::1]:3000')).toEqual([]);
    expect(await noticesAt({ apiKey: false }, 'http://cohere.internal')).toEqual([]);
  });

  it('never hold the key, nor does anything else that is resolved', async () => {
    const value = `co-${KEY}`;
    const resolved = await resolve({}, { COHERE_API_KEY: value, CO_API_KEY: OTHER_KEY });
    const printed = inspect(resolved, { depth: null, showHidden: true }) + JSON.stringify(resolved);

    expect(resolved.notices.length).toBeGreaterThan(0);
    expect(printed).not.toContain(KEY);
    expect(printed).not.toContain(OTHER_KEY);
  });
});

describe('the happy path', () => {
  it('reads no .env file', async () => {
    const variables = { COHERE_API_KEY: KEY };
    const nowhere: ConfigurationEnvironment = {
      variables,
      get workingDirectory(): string {
        throw new Error('looked at the working directory');
      },
    };

    await expect(resolveConfiguration({}, nowhere)).resolves.toBeDefined();
  });
});
