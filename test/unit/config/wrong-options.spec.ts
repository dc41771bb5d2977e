import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { resolveConfiguration } from '../../../lib/config/resolve-configuration.js';
import { problemsOf, resolveAnything } from './resolving.js';
import { expectGolden, told } from './told.js';
import { environment, KEY, OTHER_KEY, rejectionOf } from './working-directory.js';
import { ConfigurationError } from '../../../lib/diagnosis/errors.js';

describe('a wrong option', () => {
  it.each<[string, unknown, string]>([
    ['timeoutMs', 0, 'timeoutMs must be a whole number from 1 to 600000.'],
    ['timeoutMs', 600_001, 'timeoutMs must be a whole number from 1 to 600000.'],
    ['timeoutMs', 1.5, 'timeoutMs must be a whole number from 1 to 600000.'],
    ['timeoutMs', Number.NaN, 'timeoutMs must be a whole number from 1 to 600000.'],
    ['timeoutMs', Infinity, 'timeoutMs must be a whole number from 1 to 600000.'],
    ['timeoutMs', '5000', 'timeoutMs must be a whole number from 1 to 600000.'],
    ['timeoutMs', null, 'timeoutMs must be a whole number from 1 to 600000.'],
    ['maxRetries', -1, 'maxRetries must be a whole number from 0 to 10.'],
    ['maxRetries', 11, 'maxRetries must be a whole number from 0 to 10.'],
    ['concurrency', 0, 'concurrency must be a whole number from 1 to 1000.'],
    ['maxDocumentsPerRequest', 10_001, 'maxDocumentsPerRequest must be a whole number from 1 to 10000.'],
    ['model', '  ', 'model must be a non-blank string on one line.'],
    ['model', '', 'model must be a non-blank string on one line.'],
    ['model', 'a\nb', 'model must be a non-blank string on one line.'],
    ['model', 5, 'model must be a non-blank string on one line.'],
    ['clientName', 'Größe', 'clientName must be a non-blank string of printable ASCII characters.'],
    ['clientName', 'a\r\nX-Evil: 1', 'clientName must be a non-blank string of printable ASCII characters.'],
    ['clientName', '', 'clientName must be a non-blank string of printable ASCII characters.'],
    ['captureContent', 'yes', 'captureContent must be true or false.'],
    ['dispatcher', {}, 'dispatcher must be an undici Dispatcher.'],
    ['baseUrl', 'api.cohere.com', 'baseUrl must be an http or https URL without credentials, query or fragment.'],
    ['baseUrl', '', 'baseUrl must be an http or https URL without credentials, query or fragment.'],
    ['baseUrl', 'ftp://x', 'baseUrl must be an http or https URL without credentials, query or fragment.'],
    ['startupCheck', 'kye', 'startupCheck must be one of off, key, model, rerank.'],
    ['startupCheck', true, 'startupCheck must be one of off, key, model, rerank.'],
    ['startupCheck', [], 'startupCheck must be one of off, key, model, rerank.'],
    ['startupCheck', { mode: 'all' }, 'startupCheck.mode must be one of off, key, model, rerank.'],
    ['startupCheck', { mode: 'key', timeoutMs: 60_001 }, 'startupCheck.timeoutMs must be a whole number from 1 to 60000.'],
    ['startupCheck', { mode: 'key', onUnreachable: 'die' }, 'startupCheck.onUnreachable must be one of warn, fail.'],
    ['startupCheck', { mode: 'key', timeout: 5 }, 'CohereModule has no option "timeout" in startupCheck.'],
    ['startupCheck', { mode: 'key', onTrialKey: 'die' }, 'startupCheck.onTrialKey must be one of warn, fail.'],
    ['onFailure', 'ignore', 'onFailure must be one of throw, original-order.'],
    ['organizationId', ' ', 'organizationId must be a non-blank string on one line.'],
    ['apiKeyHeader', 5, 'apiKeyHeader must be a header name that HTTP does not use itself.'],
    ['headers', { Authorization: 'x' }, 'headers must not contain "Authorization".'],
    ['headers', { aUTHORIZATION: 'x' }, 'headers must not contain "aUTHORIZATION".'],
    ['headers', { 'content-length': '1' }, 'headers must not contain "content-length".'],
    ['headers', { 'a b': 'x' }, 'headers must not contain "a b".'],
    ['headers', { 'X-A': 'a\r\nb' }, 'headers must not contain "X-A".'],
    ['headers', { 'X-A': 5 }, 'headers must not contain "X-A".'],
    ['headers', new Map([['X-A', 'b']]), 'headers must be a plain object of strings.'],
    ['headers', new Headers({ a: 'b' }), 'headers must be a plain object of strings.'],
    ['headers', 'X-A: b', 'headers must be a plain object of strings.'],
    ['apiKey', 12_345, 'apiKey must be a string, a function, { file }, { env } or false.'],
    ['apiKey', null, 'apiKey must be a string, a function, { file }, { env } or false.'],
    ['apiKey', true, 'apiKey must be a string, a function, { file }, { env } or false.'],
    ['apiKey', {}, 'apiKey must be a string, a function, { file }, { env } or false.'],
    ['apiKey', { file: '' }, 'apiKey must be a string, a function, { file }, { env } or false.'],
    ['apiKey', { file: 'a', env: 'B' }, 'apiKey must be a string, a function, { file }, { env } or false.'],
    ['apiKey', { key: KEY }, 'apiKey must be a string, a function, { file }, { env } or false.'],
    ['apiKey', Promise.resolve(KEY), 'apiKey must be a string, a function, { file }, { env } or false.'],
    ['modle', 'm', 'CohereModule has no option "modle".'],
  ])('%s: %j is named by a title of its own', async (name, value, title) => {
    const problems = await problemsOf(resolveAnything({ [name]: value }));

    expect(problems.map((problem) => problem.title)).toEqual([title]);
    expect(problems[0]).toMatchObject({ code: 'COHERE_CONFIG_INVALID', exitCode: 78 });
  }); // prettier-ignore

  it.each<[unknown, string]>([
    [{ modle: 'x' }, 'Write model.'],
    [{ timeout: 5 }, 'Write timeoutMs.'],
    [{ startupCheck: 'kye' }, 'Write "key".'],
    [{ startupCheck: false }, 'Write "off".'],
    [{ startupCheck: { mode: 'RERANK' } }, 'Write "rerank".'],
    [{ isGlobal: true }, 'Put isGlobal next to useFactory, not into what the factory returns.'],
    [{ baseUrl: 'api.cohere.com/v2' }, 'Write https:// in front of the host name.'],
    [{ baseUrl: 'localhost:8080' }, 'Write https:// in front of the host name.'],
    [{ baseUrl: '//api.cohere.com' }, 'Write https: in front of it.'],
    [{ baseUrl: 'ftp://api.cohere.com' }, 'Write https:// in place of ftp://.'],
    [{ baseUrl: '"https://api.cohere.com"' }, 'Remove the quotation marks around the value.'],
    [{ baseUrl: 'https://api.cohere.com?a=1' }, 'Remove the ? or # and what follows it.'],
    [{ baseUrl: 'https://me:pw@x.test' }, 'Remove the user name and the password in front of the host; the key goes into COHERE_API_KEY.'],
    [{ baseUrl: 'https://api.cohere.com/a b' }, 'Remove the white space.'],
    [{ baseUrl: 'https://' }, 'Set baseUrl to an http or https URL without credentials, query or fragment, or leave it out to use the default, https://api.cohere.com.'],
    [{ baseUrl: OTHER_KEY }, 'This looks like a key: put it in COHERE_API_KEY.'],
    [{ headers: { authorization: 'x' } }, 'Remove the header, and give the key as apiKey or in COHERE_API_KEY.'],
  ])('%j: the first step is %s', async (options, step) => {
    const [problem] = await problemsOf(resolveAnything(options));

    expect(problem?.fix[0]).toBe(step);
  }); // prettier-ignore

  it.each([
    '', 'api key', 'api-key:', 'schlüssel', 'a\r\nb', 'Host', 'content-length', 'Content-Type', 'connection', 'cookie',
    'transfer-encoding', 'Accept-Encoding', 'user-agent', 'expect', 'te', 'upgrade', 'proxy-authorization', 'X-Client-Name',
  ])('the key is sent in no header that HTTP needs, or that cannot be sent: %j', async (apiKeyHeader) => {
    const [problem, ...others] = await problemsOf(resolveAnything({ apiKeyHeader }));

    expect(others).toEqual([]);
    expect(problem?.title).toBe('apiKeyHeader must be a header name that HTTP does not use itself.');
  }); // prettier-ignore

  it('of the headers is also the one that contains the key, named by an option or by a variable', async () => {
    const headers = { 'API-Key': 'x' };
    const named = resolveAnything({ apiKeyHeader: 'api-key', headers });
    const byVariable = resolveAnything(
      { headers },
      { COHERE_API_KEY: KEY, COHERE_API_KEY_HEADER: 'Api-Key' },
    );

    for (const problems of [await problemsOf(named), await problemsOf(byVariable)]) {
      expect(problems.map(({ title }) => title)).toEqual(['headers must not contain "API-Key".']);
    }
  });

  it('is not Authorization among the headers once the key is in another', async () => {
    const headers = { Authorization: 'Basic x' };
    const { settings } = await resolveAnything({ apiKeyHeader: 'api-key', headers });

    expect(settings.headers).toEqual(headers);
  });

  it.each([null, 'text', 5, []])(
    '%j in place of the options is reported as not an object',
    async (options) => {
      const [problem] = await problemsOf(resolveAnything(options));

      expect(problem?.title).toBe('The options of CohereModule must be an object.');
    },
  );

  it('is quoted when it is harmless, shortened and with its control characters escaped', async () => {
    const [short] = await problemsOf(resolveAnything({ timeoutMs: 'so\u001b[31mon' }));
    const [long] = await problemsOf(resolveAnything({ startupCheck: '-'.repeat(500) }));

    expect(short?.detail).toBe('timeoutMs, an option of CohereModule: "so\\u001b[31mon"');
    expect(long?.detail).toBe(`startupCheck, an option of CohereModule: "${'-'.repeat(60)}…"`);
  });

  it('never shows a key, whichever option contains it', async () => {
    const error = await rejectionOf(
      resolveAnything(
        {
          apiKey: { file: 'x', env: KEY },
          baseUrl: `https://me:${OTHER_KEY}@example.test`,
          model: `\n${KEY}`,
          timeoutMs: KEY,
          startupCheck: { mode: KEY, timeoutMs: OTHER_KEY },
          clientName: `é${KEY}`,
          headers: { Authorization: `Bearer ${KEY}`, [KEY]: '\n', 'X-A': `${OTHER_KEY}\n` },
          captureContent: KEY,
          [OTHER_KEY]: 1,
        },
        { COHERE_API_KEY: KEY, COHERE_TIMEOUT_MS: KEY, COHERE_STARTUP_CHECK: OTHER_KEY },
      ),
    );
    const printed = inspect(error, { depth: null, showHidden: true }) + JSON.stringify(error);
    const problems = error instanceof ConfigurationError ? error.problems : [];

    expect(problems.length).toBeGreaterThanOrEqual(9);
    for (const secret of [KEY, OTHER_KEY]) {
      expect(printed + JSON.stringify(problems)).not.toContain(secret);
    }
  });
});

const store = { mget: () => undefined, mset: () => undefined };

const WRONG: readonly unknown[] = [
  null,
  'text',
  { timeoutMs: '5000' },
  { timeoutMs: '700000' },
  { timeoutMs: '0' },
  { timeoutMs: '5s' },
  { timeoutMs: ' 90 SEC ' },
  { timeoutMs: '2m' },
  { timeoutMs: '2 min' },
  { timeoutMs: '800ms' },
  { timeoutMs: '20m' },
  { timeoutMs: '1h' },
  { timeoutMs: 'about 5s' },
  { timeoutMs: '5s or so' },
  { timeoutMs: 12n },
  { timeoutMs: true },
  { timeoutMs: null },
  { timeoutMs: [] },
  { timeoutMs: {} },
  { timeoutMs: Symbol('soon') },
  { timeoutMs: '' },
  { timeoutMs: ' ' },
  { maxRetries: '3' },
  { maxRetries: '3s' },
  { maxRetries: '0' },
  { maxRetries: '10' },
  { concurrency: '1s' },
  { startupCheck: { mode: Object.create(null) } },
  { maxDocumentsPerRequest: 0 },
  { model: ' \n' },
  { model: 'a\nb' },
  { clientName: 'Größe' },
  { captureContent: 'yes' },
  { dispatcher: { dispatch: true } },
  { dispatcher: 'agent' },
  { rateLimiter: { consume: () => undefined } },
  { baseUrl: 'api.cohere.com/v2' },
  { baseUrl: 'localhost:3000' },
  { baseUrl: 'gateway' },
  { baseUrl: '/v2' },
  { baseUrl: 'my gateway' },
  { baseUrl: 'my"gateway"' },
  { baseUrl: 'x ftp://example.test' },
  { baseUrl: 'https://:pw@example.test' },
  { baseUrl: '' },
  { baseUrl: 5 },
  { baseUrl: 'https://' },
  { baseUrl: 'https://me@example.test' },
  { baseUrl: 'https://example.test/v2?token=hunter2#x' },
  { baseUrl: 'https://example.test/a b' },
  { baseUrl: `https://example.test/${'v/'.repeat(1_100)}` },
  { startupCheck: 'kye' },
  ...['false', '0', 'No', ' none ', 'never', 'disabled', 'nothing'].map((startupCheck) => ({ startupCheck })),
  { startupCheck: false },
  { startupCheck: true },
  { startupCheck: 0 },
  { startupCheck: null },
  { startupCheck: [] },
  { startupCheck: { mode: 'all', timeoutMs: 60_001, onUnreachable: 'no' } },
  { startupCheck: { mode: 'key', onUnreachable: 'wran', onunreachable: 'warn', timeout: 5 } },
  { scoreCache: 5 },
  { scoreCache: {} },
  { scoreCache: { store: {}, ttlMs: '1m' } },
  { scoreCache: { store, ttlMs: 0, ttl: 5 } },
  { headers: 'X-A: b' },
  { headers: null },
  { headers: ['X-A', 'b'] },
  { headers: new Map([['X-A', 'b']]) },
  { headers: { aUTHORIZATION: 'x', Host: 'x', 'a b': 'x', 'X-Line': 'a\nb', 'X-Number': 5, [KEY]: 5 } },
  { apiKey: 5 },
  { apiKey: null },
  { apiKey: true },
  { apiKey: ['key'] },
  { apiKey: {} },
  { apiKey: { file: '' } },
  { apiKey: { file: 5 } },
  { apiKey: { env: ' ' } },
  { apiKey: { env: 'A', name: 'B' } },
  { apiKey: { file: 'a', env: 'B' } },
  { modle: 'm', timeout: 5, unheard_of: 1 },
  { 'a b': 1 },
  { [KEY]: 1 },
  { isGlobal: true, name: 'eu' },
]; // prettier-ignore

const WRONG_EXTRAS: readonly object[] = [
  { name: '' },
  { isGlobal: 'yes' },
  { client: 1 },
  { filter: 'on' },
  { filter: null },
  { filter: { statusFor: 500 } },
  { filter: { expose: 'all' } },
  { filter: { status: 500 } },
];

it('every wrong option is described, word for word, as in its golden file', async () => {
  const options = WRONG.map(async (given) => {
    const problems = await problemsOf(resolveAnything(given));
    return `${inspect(given, { breakLength: Infinity, maxStringLength: 60 })}\n${told(problems)}`;
  });
  const extras = WRONG_EXTRAS.map(async (given) => {
    const place = environment({ COHERE_API_KEY: KEY });
    const problems = await problemsOf(resolveConfiguration({}, place, given));
    return `beside the options: ${inspect(given)}\n${told(problems)}`;
  });
  const parts = await Promise.all([...options, ...extras]);
  await expectGolden(
    'wrong-options',
    parts.map((part) => part.replaceAll(KEY, 'KEY')),
  );
});
