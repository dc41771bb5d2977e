import { inspect } from 'node:util';
import { Agent } from 'undici';
import { describe, expect, it } from 'vitest';
import { type CohereModuleOptions, type Setting, SETTINGS } from '../../../lib/config/settings.js';
import { noticesAt, problemsOf, resolve, resolveAnything } from './resolving.js';
import { environment, KEY, OTHER_KEY } from './working-directory.js';
import { resolveConfiguration } from '../../../lib/config/resolve-configuration.js';
import { resolveSettings, uninspected } from '../../../lib/config/resolve-settings.js';
import { createDiagnosis } from '../../../lib/diagnosis/create-diagnosis.js';
import type { ConfigurationEnvironment } from '../../../lib/config/resolved-configuration.interface.js';

const DEFAULTS = resolveSettings({}, {});

describe('settings', () => {
  it('are the defaults when nothing but the key is set', async () => {
    const { settings, apiKey, keySource, notices } = await resolve({});

    const defaults = Object.entries<Setting>(SETTINGS).filter(
      ([, { default: usual }]) => usual !== undefined,
    );
    for (const [name, { default: usual }] of defaults) {
      expect(settings).toHaveProperty(name, usual);
    }
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
        COHERE_STARTUP_CHECK_ON_TRIAL_KEY: 'fail',
        COHERE_API_KEY_HEADER: ' Api-Key ',
        COHERE_ORGANIZATION_ID: ' 1b2c ',
      },
    );

    expect(settings).toEqual({
      ...DEFAULTS,
      baseUrl: 'https://vault.example.test',
      rerankPath: '/v2/rerank',
      model: 'rerank-v3.5',
      timeoutMs: 600_000,
      maxRetries: 0,
      concurrency: 1_000,
      startupCheck: {
        mode: 'rerank',
        timeoutMs: 60_000,
        onUnreachable: 'fail',
        onTrialKey: 'fail',
      },
      apiKeyHeader: 'api-key',
      organizationId: '1b2c',
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
      startupCheck: { mode: 'model', timeoutMs: 1, onUnreachable: 'fail', onTrialKey: 'fail' },
      apiKeyHeader: 'x-key',
      organizationId: 'other',
      onFailure: 'original-order',
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
    expect(settings).toMatchObject(expected);
    expect(settings.dispatcher).toBe(dispatcher);
    expect(apiKey?.reveal()).toBe(OTHER_KEY);
    await dispatcher.close();
  });

  it('ignore undefined and empty variables', async () => {
    const { settings } = await resolve(
      { timeoutMs: undefined, model: undefined, startupCheck: undefined, apiKey: undefined },
      { COHERE_API_KEY: KEY, COHERE_TIMEOUT_MS: '', COHERE_BASE_URL: '  ' },
    );

    expect(settings).toEqual(DEFAULTS);
  });

  it('of the startup check are filled up one by one', async () => {
    const variables = { COHERE_API_KEY: KEY, COHERE_STARTUP_CHECK_TIMEOUT_MS: '500' };

    expect((await resolve({ startupCheck: 'off' }, variables)).settings.startupCheck).toEqual({
      ...DEFAULTS.startupCheck,
      mode: 'off',
      timeoutMs: 500,
    });
    expect(
      (await resolve({ startupCheck: { mode: 'key', timeoutMs: 7 } }, variables)).settings
        .startupCheck,
    ).toEqual({ ...DEFAULTS.startupCheck, mode: 'key', timeoutMs: 7 });
  });

  it('are the defaults where there are no options at all', async () => {
    const { settings } = await resolveAnything(undefined, { COHERE_API_KEY: KEY });

    expect(settings).toEqual(DEFAULTS);
  });

  it('are as the environment gives them, without the white space around a number or a model', async () => {
    const { settings } = await resolve(
      { model: ' größe-1\n', clientName: ' my app ' },
      { COHERE_API_KEY: KEY, COHERE_TIMEOUT_MS: ' 5 ' },
    );

    expect(settings).toMatchObject({ model: 'größe-1', clientName: ' my app ', timeoutMs: 5 });
  });

  it('that are invalid are refused by name, without the value', () => {
    const unchecked = { timeoutMs: -1, startupCheck: { mode: 'key', timeoutMs: -77 } } as const;

    expect(() => resolveSettings(unchecked, {})).toThrow(
      new TypeError('not valid: timeoutMs,startupCheck.timeoutMs'),
    );
  });

  it.each([
    ['X-Token', "!#$%&'*+.^_`|~0-9A-Za-z"],
    ["!#$%&'*+.^_`|~0aZ-", 'x'],
    ['X-Tab', 'a\tb \u00e9 ~'],
    ['X-Empty', ''],
  ])('may have the header %s: %j', async (name, value) => {
    const { settings } = await resolve({ headers: { [name]: value } });

    expect(settings.headers).toEqual({ [name]: value });
  });

  it.each([
    [{ 'X-A': '\u007f' }],
    [{ 'X-A': '\u0100' }],
    [{ 'X-A': '\u0000' }],
    [{ 'X(A)': 'x' }],
    [{ '': 'x' }],
    [{ 'X-Ä': 'x' }],
    [{ Expect: 'x' }],
    [{ UPGRADE: 'x' }],
    [{ 'keep-alive': 'x' }],
    [{ 'content-encoding': 'x' }],
    [{ 'Accept-Encoding': 'x' }],
    [{ Connection: 'x' }],
    [{ 'content-type': 'x' }],
    [{ 'Transfer-Encoding': 'x' }],
  ])('may not have the header %j', async (headers) => {
    expect(await problemsOf(resolve({ headers }))).toHaveLength(1);
  });

  it('may have headers of an object without a prototype', async () => {
    const headers: Record<string, string> = Object.create(null);
    headers['X-A'] = 'b';

    expect((await resolve({ headers })).settings.headers).toEqual({ 'X-A': 'b' });
  });

  it.each([
    [{ model: 'a\u0085b' }],
    [{ model: 'a\u2028b' }],
    [{ clientName: 'a\u007f' }],
    [{ clientName: ' ' }],
  ])('may not be printed as more than one line: %j', async (options) => {
    expect(await problemsOf(resolve(options))).toHaveLength(1);
  });

  it('hide their headers when printed, and from nothing else', () => {
    const headers = uninspected({ 'X-Token': 'hunter2' });

    expect(inspect(headers)).toBe('[headers, not shown]');
    expect(Reflect.ownKeys({ ...headers })).toEqual(['X-Token']);
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

  it('name the source of the address', async () => {
    expect(await noticesAt({ baseUrl: 'http://a.test' }, 'https://b.test')).toEqual([
      'warn: baseUrl is a plain http address: the API key and the documents are sent unencrypted.',
    ]);
  });

  it('never contain the key, nor does anything else that is resolved', async () => {
    const value = `co-${KEY}`;
    const resolved = await resolve({}, { COHERE_API_KEY: value, CO_API_KEY: OTHER_KEY });
    const printed = inspect(resolved, { depth: null, showHidden: true }) + JSON.stringify(resolved);

    expect(resolved.notices.length).toBeGreaterThan(0);
    expect(printed).not.toContain(KEY);
    expect(printed).not.toContain(OTHER_KEY);
  });
});

describe('the happy path', () => {
  it('waits for no .env file, and does not fail with one', async () => {
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

describe('a key that was pasted in place of the model', () => {
  const UNIQUE = 'abcdefghijklmno1';

  it.each([
    ['COHERE_RERANK_MODEL', {}, { COHERE_RERANK_MODEL: UNIQUE }],
    ['model', { model: `my ${UNIQUE}` }, {}],
  ])('stops the boot by the name of the setting: %s', async (name, options, variables) => {
    const problems = await problemsOf(resolve(options, { COHERE_API_KEY: UNIQUE, ...variables }));

    expect(problems).toMatchObject([
      {
        code: 'COHERE_CONFIG_INVALID',
        title: expect.stringMatching(new RegExp(`^${name} .* the API key\\.$`)),
        detail: `${name}: not shown`,
        fix: [
          `Set ${name} to the id of a rerank model, or leave it out to use the default, rerank-v5.0-fast.`,
          expect.stringMatching(/^Treat the key as exposed if /),
        ],
      },
    ]);
  });

  it.each(['abcdefghijklmn1', 'abcdefghijklmnop', 'my-rerank-model-1'])(
    'is distinguished from a word that may be in both: %s',
    async (word) => {
      const { settings } = await resolve({ model: word }, { COHERE_API_KEY: word });

      expect(settings.model).toBe(word);
    },
  );

  it('is never suspected without a key', async () => {
    const { settings } = await resolve({ apiKey: false, model: UNIQUE });

    expect(settings.model).toBe(UNIQUE);
  });
});

const about = (code: 'COHERE_API_KEY_REJECTED' | 'COHERE_API_KEY_EXPIRED', key?: string) =>
  createDiagnosis(code, { detail: 'x', key, fix: ['Do it.'] });

describe('a verdict on the key', () => {
  it('gets the origin of the key and, for a rejected one, its likeliest defect', async () => {
    const { describeVerdict } = await resolve({}, { COHERE_API_KEY: KEY.slice(1) });
    const rejected = await describeVerdict(about('COHERE_API_KEY_REJECTED', 'the key'));
    const expired = await describeVerdict(about('COHERE_API_KEY_EXPIRED', 'the key'));

    expect(rejected.fix).toEqual([expect.stringContaining('has 39 characters'), 'Do it.']);
    expect(expired.fix).toEqual(['Do it.']);
    expect(expired.key).toMatch(/^COHERE_API_KEY from the environment, 39 characters, sha256:/);
  });

  it('has no addition for a key without a visible defect', async () => {
    const resolved = await resolve({});

    expect((await resolved.describeVerdict(about('COHERE_API_KEY_REJECTED', 'x'))).fix).toEqual([
      'Do it.',
    ]);
    expect(await resolved.describeApiKey()).toMatch(
      /^COHERE_API_KEY from the environment, 40 characters, /,
    );
  });

  it('that is not about a key is unchanged', async () => {
    const { describeVerdict } = await resolve({}, { COHERE_API_KEY: KEY.slice(1) });
    const diagnosis = about('COHERE_API_KEY_REJECTED');

    expect(await describeVerdict(diagnosis)).toBe(diagnosis);
  });
});

describe('what is checked of a key', () => {
  it('depends on the host: an option, then the variable, then Cohere', async () => {
    const variables = { COHERE_API_KEY: 'sk-1234' };
    const elsewhere = { ...variables, COHERE_BASE_URL: 'https://gateway.test' };

    expect(await problemsOf(resolve({}, variables))).toHaveLength(1);
    expect(
      await problemsOf(resolve({ baseUrl: 'https://api.cohere.com' }, elsewhere)),
    ).toHaveLength(1);
    expect((await resolve({}, elsewhere)).apiKey?.reveal()).toBe('sk-1234');
    expect((await resolve({ baseUrl: 'https://gateway.test' }, variables)).apiKey).toBeDefined();
  });

  it('is skipped if the option itself is invalid', async () => {
    const problems = await problemsOf(resolveAnything({ apiKey: 5 }, { COHERE_API_KEY: 'todo' }));

    expect(problems.map(({ code }) => code)).toEqual(['COHERE_CONFIG_INVALID']);
  });

  it('comes before the settings, and every problem is reported', async () => {
    const place = environment({ COHERE_API_KEY: 'todo', COHERE_TIMEOUT_MS: 'soon' });
    const problems = await problemsOf(
      resolveConfiguration({ maxRetries: -1 }, place, { isGlobal: 'yes' }),
    );

    expect(problems.map(({ title }) => title.split(' ')[0])).toEqual([
      'COHERE_API_KEY',
      'maxRetries',
      'isGlobal',
      'COHERE_TIMEOUT_MS',
    ]);
  });
});
