import { describe, expect, it } from 'vitest';
import { noticesOf, problemsOf, resolve } from './resolving.js';
import { expectGolden, told } from './told.js';
import { KEY, OTHER_KEY, rejectionOf } from './working-directory.js';
import { AuthenticationError, ConfigurationError } from '../../../lib/diagnosis/errors.js';

describe('a wrong variable', () => {
  it.each([
    ['COHERE_TIMEOUT_MS', 'soon', 'a whole number from 1 to 600000'],
    ['COHERE_TIMEOUT_MS', '10s', 'a whole number from 1 to 600000'],
    ['COHERE_MAX_RETRIES', '11', 'a whole number from 0 to 10'],
    ['COHERE_CONCURRENCY', '1.5', 'a whole number from 1 to 1000'],
    ['COHERE_STARTUP_CHECK', 'true', 'one of off, key, model, rerank'],
    ['COHERE_STARTUP_CHECK_TIMEOUT_MS', '0', 'a whole number from 1 to 60000'],
    ['COHERE_STARTUP_CHECK_ON_UNREACHABLE', 'warm', 'one of warn, fail'],
    ['COHERE_STARTUP_CHECK_ON_TRIAL_KEY', 'warm', 'one of warn, fail'],
    ['COHERE_API_KEY_HEADER', 'host', 'a header name that HTTP does not use itself'],
    ['COHERE_ORGANIZATION_ID', 'a\nb', 'a non-blank string on one line'],
    ['COHERE_BASE_URL', 'https://x/?a=1', 'an http or https URL without credentials, query or fragment'],
    ['COHERE_RERANK_MODEL', 'a\nb', 'a non-blank string on one line'],
  ])('%s=%s is named by a title of its own', async (name, value, allowed) => {
    const problems = await problemsOf(resolve({}, { COHERE_API_KEY: KEY, [name]: value }));

    expect(problems.map(({ title }) => title)).toEqual([`${name} must be ${allowed}.`]);
  }); // prettier-ignore

  it.each(
    [
      ['COHERE_RERANK_MODEL', 'rerank-v3.5'],
      ['COHERE_BASE_URL', 'https://api.cohere.com'],
      ['COHERE_TIMEOUT_MS', '5000'],
      ['COHERE_MAX_RETRIES', '0'],
      ['COHERE_CONCURRENCY', '4'],
      ['COHERE_STARTUP_CHECK', 'model'],
      ['COHERE_STARTUP_CHECK_TIMEOUT_MS', '500'],
      ['COHERE_STARTUP_CHECK_ON_UNREACHABLE', 'fail'],
      ['COHERE_STARTUP_CHECK_ON_TRIAL_KEY', 'fail'],
      ['COHERE_API_KEY_HEADER', 'api-key'],
      ['COHERE_ORGANIZATION_ID', '1b2c-3d'],
    ].flatMap(([name = '', value = '']) => [
      [name, `"${value}"`],
      [name, `'${value}'`],
      [name, `“${value}”`],
    ]),
  )(
    '%s=%s fails the boot, and the one step is to remove the quotation marks',
    async (name, value) => {
      const [problem, ...others] = await problemsOf(
        resolve({}, { COHERE_API_KEY: KEY, [name]: value }),
      );

      expect(others).toEqual([]);
      expect(problem?.fix).toEqual(['Remove the quotation marks around the value.']);
      expect(problem?.title).toBe(`${name} is wrapped in quotation marks.`);
    },
  );

  it('says from which line of which file it comes', async () => {
    const [problem] = await problemsOf(
      resolve(
        {},
        { COHERE_API_KEY: KEY, COHERE_TIMEOUT_MS: 'soon' },
        { '.env': '# cohere\nCOHERE_TIMEOUT_MS="soon" # x\n' },
      ),
    );

    expect(problem?.detail).toBe('COHERE_TIMEOUT_MS from .env:2: "soon"');
  });

  it('does not stop the boot when an option overrides it, but is mentioned', async () => {
    const variables = { COHERE_API_KEY: KEY, COHERE_TIMEOUT_MS: 'soon', COHERE_CONCURRENCY: '4' };
    const { settings } = await resolve({ timeoutMs: 5 }, variables);

    expect(settings).toMatchObject({ timeoutMs: 5, concurrency: 4 });
    expect(await noticesOf({ timeoutMs: 5 }, variables)).toEqual([
      'warn: COHERE_TIMEOUT_MS has a value that is not allowed. An option of CohereModule overrides it.',
    ]);
  });

  it('stops the boot beside an option that is undefined', async () => {
    const variables = { COHERE_API_KEY: KEY, COHERE_TIMEOUT_MS: 'soon' };

    expect(await problemsOf(resolve({ timeoutMs: undefined }, variables))).toHaveLength(1);
  });

  it('is not another key of the app, whatever the source of ours', async () => {
    expect(await noticesOf({ apiKey: KEY }, { COHERE_API_KEY_2: OTHER_KEY })).toEqual([]);
  });

  it('is suspected for a similar name, without stopping the boot', async () => {
    expect(
      await noticesOf(
        {},
        {
          COHERE_API_KEY: KEY,
          COHERE_TIMEOUT_M: '5',
          COHERE_API_KEY_2: OTHER_KEY,
          COHERE_TEAM: 'x',
        },
      ),
    ).toEqual([
      'warn: COHERE_TIMEOUT_M is set, but not read. If it is meant for this module, rename it to COHERE_TIMEOUT_MS.',
    ]);
  });
});

describe('all problems of one boot', () => {
  it('are thrown together: options, environment, key', async () => {
    const error = await rejectionOf(
      resolve(
        { maxRetries: 99, concurrency: 0 },
        { COHERE_TIMEOUT_MS: 'soon', COHERE_API_KEY: '"x"' },
      ),
    );

    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error instanceof ConfigurationError && error.problems.map(({ code }) => code)).toEqual([
      'COHERE_API_KEY_PLACEHOLDER',
      'COHERE_CONFIG_INVALID',
      'COHERE_CONFIG_INVALID',
      'COHERE_CONFIG_INVALID',
    ]);
    expect(error).toMatchObject({ code: 'COHERE_CONFIG_INVALID' });
  });

  it('are an AuthenticationError when the key is the only one', async () => {
    await expect(resolve({}, {})).rejects.toBeInstanceOf(AuthenticationError);
  });
});

const WRONG: readonly Record<string, string>[] = [
  { COHERE_TIMEOUT_MS: 'soon', COHERE_MAX_RETRIES: '11', COHERE_CONCURRENCY: '1.5' },
  { COHERE_TIMEOUT_MS: '10s' },
  { COHERE_TIMEOUT_MS: '0' },
  { COHERE_STARTUP_CHECK: 'true', COHERE_STARTUP_CHECK_TIMEOUT_MS: '1min' },
  { COHERE_STARTUP_CHECK: 'False' },
  { COHERE_STARTUP_CHECK_ON_UNREACHABLE: 'warm' },
  { COHERE_BASE_URL: 'https://x.example.test/?a=1' },
  { COHERE_BASE_URL: 'api.cohere.com' },
  { COHERE_RERANK_MODEL: 'a\nb' },
];

const SUSPECTED: readonly Record<string, string>[] = [
  { COHERE_TIMEOUT: '5' },
  { cohere_base_url: 'x' },
  { COHERE_BOOT_REPORTS: 'json' },
  { COHERE_TIMEOUT_M: '5', COHERE_TIMEOUT_MS: '5' },
  { COHERE_API_KEY_2: 'x', COHERE_TEAM: 'x', MY_COHERE_TIMEOUT_M: '5' },
  { COHERE_API_KEY_FIL: 'x' },
  { XCOHERE_TIMEOUT_MS: '5', COHER_TIMEOUT_MS: '5' },
];

it('every wrong variable is described, word for word, as in its golden file', async () => {
  const files = { '.env': '#\nCOHERE_TIMEOUT_MS=soon\nCOHERE_MAX_RETRIES=3\n' };
  const wrong = WRONG.map(async (variables) => {
    const problems = await problemsOf(resolve({}, { COHERE_API_KEY: KEY, ...variables }, files));
    return `${JSON.stringify(variables)}\n${told(problems)}`;
  });
  const suspected = SUSPECTED.map(async (variables) => {
    const notices = await noticesOf({}, { COHERE_API_KEY: KEY, ...variables });
    return [JSON.stringify(variables), ...notices].join('\n  ');
  });
  await expectGolden('wrong-variables', await Promise.all([...wrong, ...suspected]));
});
