import { inspect } from 'node:util';
import Joi from 'joi';
import { describe, expect, it } from 'vitest';
import { KEY, OTHER_KEY } from './working-directory.js';
import { cohereEnvSchema } from '../../../lib/config/cohere-env.schema.js';

const OTHER_SECRET = 'postgres-password-1';

/** Every way an error can be printed. */
function traces(error: unknown): string {
  return [
    String(error),
    inspect(error, { depth: null, showHidden: true }),
    JSON.stringify(error),
    error instanceof Error ? `${error.stack}` : '',
    Joi.isError(error) ? JSON.stringify(error.details) + error.annotate(true) : '',
  ].join('\n');
}

describe('cohereEnvSchema', () => {
  it('accepts a valid environment, and converts only numbers', () => {
    const { error, value } = cohereEnvSchema.validate({
      COHERE_API_KEY: ` ${KEY}\n`,
      COHERE_BASE_URL: 'https://example.test/v2/',
      COHERE_TIMEOUT_MS: '2500',
      COHERE_MAX_RETRIES: '0',
      COHERE_STARTUP_CHECK: 'model',
      PATH: '/bin',
      PORT: '3000',
    });

    expect(error).toBeUndefined();
    expect(value).toEqual({
      COHERE_API_KEY: ` ${KEY}\n`,
      COHERE_BASE_URL: 'https://example.test/v2/',
      COHERE_TIMEOUT_MS: 2500,
      COHERE_MAX_RETRIES: 0,
      COHERE_STARTUP_CHECK: 'model',
      PATH: '/bin',
      PORT: '3000',
    });
  });

  it('accepts a key file, also beside an empty COHERE_API_KEY', () => {
    const COHERE_API_KEY_FILE = '/run/secrets/cohere';

    expect(cohereEnvSchema.validate({ COHERE_API_KEY_FILE }).error).toBeUndefined();
    expect(
      cohereEnvSchema.validate({ COHERE_API_KEY_FILE, COHERE_API_KEY: '' }).error,
    ).toBeUndefined();
  });

  it.each<[string, Record<string, string>, boolean]>([
    ['a blank key beside a file', { COHERE_API_KEY: ' ', COHERE_API_KEY_FILE: 'key' }, true],
    ['a bad key beside a file', { COHERE_API_KEY: 'todo', COHERE_API_KEY_FILE: 'key' }, false],
    ['a blank key', { COHERE_API_KEY: ' ' }, false],
    ['an empty name of a file', { COHERE_API_KEY: KEY, COHERE_API_KEY_FILE: '' }, true],
    ['a blank key and a blank name', { COHERE_API_KEY: '', COHERE_API_KEY_FILE: ' ' }, false],
    ['the key of another provider', { COHERE_API_KEY: 'sk-1234' }, false],
    [
      'the key of another provider, for Cohere',
      { COHERE_API_KEY: 'sk-1234', COHERE_BASE_URL: 'https://api.cohere.com' },
      false,
    ],
    [
      'a key that another host may know',
      { COHERE_API_KEY: 'sk-1234', COHERE_BASE_URL: 'https://gateway.test' },
      true,
    ],
  ])('%s: %j is valid: %s', (_, variables, isRight) => {
    const { error } = cohereEnvSchema.validate(variables);

    expect(error === undefined).toBe(isRight);
  });

  it('treats an empty variable as not set', () => {
    const { error, value } = cohereEnvSchema.validate({
      COHERE_API_KEY: KEY,
      COHERE_TIMEOUT_MS: '',
      COHERE_STARTUP_CHECK: ' ',
    });

    expect(error).toBeUndefined();
    expect(value).toEqual({ COHERE_API_KEY: KEY });
  });

  it.each<[Record<string, string>, string]>([
    [{}, 'COHERE_API_KEY is not set. Set COHERE_API_KEY in the environment'],
    [{ COHERE_API_KEY_FILE: ' ' }, 'COHERE_API_KEY is not set.'],
    [{ CO_API_KEY: KEY }, 'CO_API_KEY is set, but not read: rename it to COHERE_API_KEY.'],
    [{ COHERE_API_KEY: '' }, 'COHERE_API_KEY is set, but empty. Put the key into COHERE_API_KEY.'],
    [
      { COHERE_API_KEY: `"${KEY}"` },
      'COHERE_API_KEY is wrapped in quotation marks. Remove the quotation marks around the value.',
    ],
    [
      { COHERE_API_KEY: 'your-api-key' },
      'COHERE_API_KEY is still a placeholder. Replace the placeholder with a real key.',
    ],
    [
      { COHERE_API_KEY: KEY, COHERE_TIMEOUT_MS: 'soon' },
      'COHERE_TIMEOUT_MS must be a whole number from 1 to 600000. Set COHERE_TIMEOUT_MS to a whole number',
    ],
    [
      { COHERE_API_KEY: KEY, COHERE_STARTUP_CHECK: 'maybe' },
      'COHERE_STARTUP_CHECK must be one of off, key, model, rerank.',
    ],
    [
      { COHERE_API_KEY: KEY, COHERE_BASE_URL: 'https://user:pw@example.test' },
      'COHERE_BASE_URL must be an http or https URL without credentials, query or fragment.',
    ],
  ])('says of %j in one line what is wrong and what to do', (variables, message) => {
    const { error } = cohereEnvSchema.validate(variables);

    expect(error?.message).toContain(message);
    expect(error?.message).not.toContain('\n');
    expect(Joi.isError(error)).toBe(true);
    expect(error?.details).toHaveLength(1);
  });

  it('reports everything at once, key and settings, each with its path', () => {
    const { error } = cohereEnvSchema.validate({
      COHERE_TIMEOUT_MS: '0',
      COHERE_CONCURRENCY: '1.5',
      COHERE_STARTUP_CHECK_ON_UNREACHABLE: 'panic',
    });

    expect(error?.details.map(({ path }) => path.join('.')).toSorted()).toEqual([
      'COHERE_API_KEY',
      'COHERE_CONCURRENCY',
      'COHERE_STARTUP_CHECK_ON_UNREACHABLE',
      'COHERE_TIMEOUT_MS',
    ]);
  });

  it.each<[string, Record<string, unknown>]>([
    ['a quoted key', { COHERE_API_KEY: `"${KEY}"` }],
    ['a key with a line break', { COHERE_API_KEY: `${KEY}\n${KEY}` }],
    ['a key with Bearer', { COHERE_API_KEY: `Bearer ${KEY}` }],
    ['a key in the wrong variable', { COHERE_API_KEY: KEY, COHERE_TIMEOUT_MS: KEY }],
    ['a key in an address', { COHERE_API_KEY: KEY, COHERE_BASE_URL: `https://x/?k=${KEY}` }],
    ['a wrong setting beside a right key', { COHERE_API_KEY: KEY, COHERE_TIMEOUT_MS: 'soon' }],
    ['a missing key beside other secrets', { CO_API_KEY: KEY }],
  ])('shows no secret in any way it can be printed: %s', (_, variables) => {
    const { error } = cohereEnvSchema.validate({ ...variables, DATABASE_PASSWORD: OTHER_SECRET });

    expect(error).toBeDefined();
    expect(traces(error)).not.toContain(KEY);
    expect(traces(error)).not.toContain(OTHER_SECRET);
  });

  it('shows no secret through the Standard Schema either', async () => {
    const result = await cohereEnvSchema['~standard'].validate({ COHERE_API_KEY: `"${KEY}"` });

    expect(result.issues).toEqual([
      {
        message:
          'COHERE_API_KEY is wrapped in quotation marks. Remove the quotation marks around the value.',
        path: ['COHERE_API_KEY'],
      },
    ]);
  });

  it("reports one defect once, with only the name from Joi's context", () => {
    const { error } = cohereEnvSchema.validate({ COHERE_API_KEY: KEY, COHERE_TIMEOUT_MS: '0.5' });
    const name = 'COHERE_TIMEOUT_MS';

    expect(error?.details.map(({ context }) => context)).toEqual([{ label: name, key: name }]);
  });

  it('ignores values that no environment can have', () => {
    const { error } = cohereEnvSchema.validate({ CO_API_KEY: 5, COHERE_KEY: undefined });

    expect(error?.message).toMatch(/^COHERE_API_KEY is not set\. /);
  });

  it.each([5, 'text', null])('is the schema of an object: %j', (anything) => {
    const { error } = cohereEnvSchema.validate(anything);

    expect(Joi.isError(error)).toBe(true);
    expect(error?.message).toContain('must be of type object');
  });

  it('holds no value in the details of a single variable taken out of it either', () => {
    const schema = Joi.object({ COHERE_API_KEY: cohereEnvSchema.extract('COHERE_API_KEY') });
    const { error } = schema.validate({ COHERE_API_KEY: `"${KEY}"` });

    expect(error?.message).toContain('wrapped in quotation marks');
    expect(JSON.stringify(error?.details)).not.toContain(KEY);
  });

  it('rejects with the same harmless error from validateAsync', async () => {
    await expect(cohereEnvSchema.validateAsync({ COHERE_API_KEY: `"${KEY}"` })).rejects.toSatisfy(
      (error) => Joi.isError(error) && !traces(error).includes(KEY),
    );
  });
});

describe('cohereEnvSchema joined to the schema of an app', () => {
  const app = Joi.object({
    PORT: Joi.number().port().required(),
    MODE: Joi.string().valid('dev', 'prod'),
    TOKEN_COPY: Joi.string().pattern(/^\d+$/),
  }).xor('A', 'B');

  it.each([
    ['app.concat(cohereEnvSchema)', app.concat(cohereEnvSchema)],
    ['cohereEnvSchema.concat(app)', cohereEnvSchema.concat(app)],
  ])('%s reports the failures of the app as Joi words them, and ours', (_, schema) => {
    const { error } = schema.validate({
      COHERE_API_KEY: `'${KEY}'`,
      PORT: 'http',
      MODE: 'x',
      A: 1,
    });

    expect(error?.details.map(({ message, type, path }) => [message, type, path])).toEqual(
      expect.arrayContaining([
        ['"PORT" must be a number', 'number.base', ['PORT']],
        ['"MODE" must be one of [dev, prod]', 'any.only', ['MODE']],
        [expect.stringContaining('wrapped in quotation marks'), 'any.invalid', ['COHERE_API_KEY']],
      ]),
    );
    expect(error?.message).toContain('"PORT" must be a number');
    expect(error?.details.find(({ type }) => type === 'number.base')?.context).toEqual({
      label: 'PORT',
      key: 'PORT',
    });
  });

  it('still converts and defaults what the app wants', () => {
    const { error, value } = app
      .keys({ LEVEL: Joi.string().default('info') })
      .concat(cohereEnvSchema)
      .validate({ COHERE_API_KEY: KEY, PORT: '80', A: 1 });

    expect(error).toBeUndefined();
    expect(value).toMatchObject({ PORT: 80, LEVEL: 'info' });
  });

  it('shows no key even where a rule of the app prints the value', () => {
    const { error } = app
      .concat(cohereEnvSchema)
      .validate({ COHERE_API_KEY: KEY, PORT: '80', TOKEN_COPY: KEY, A: 1, B: 2 });

    expect(error?.message).toContain('fails to match');
    expect(traces(error)).not.toContain(KEY);
  });

  it('takes our variables together with a rule of the app for the same name', () => {
    const schema = Joi.object({ COHERE_API_KEY: Joi.string().required() }).concat(cohereEnvSchema);

    expect(schema.validate({ COHERE_API_KEY: KEY }).error).toBeUndefined();
    expect(traces(schema.validate({ COHERE_API_KEY: `"${KEY}"` }).error)).not.toContain(KEY);
  });

  it.each([
    ['alone', cohereEnvSchema],
    ['joined to an app’s own', Joi.object({ PORT: Joi.number() }).concat(cohereEnvSchema)],
  ])('reports every problem at once without being asked to, %s', (_how, schema) => {
    const { error } = schema.validate({ COHERE_TIMEOUT_MS: 'x', COHERE_MAX_RETRIES: '99' });

    expect(error?.details.map(({ path }) => path[0])).toEqual([
      'COHERE_API_KEY',
      'COHERE_TIMEOUT_MS',
      'COHERE_MAX_RETRIES',
    ]);
  });

  it('reports a rule of the app that refuses a valid key', () => {
    const schema = Joi.object({ COHERE_API_KEY: Joi.string().min(100) }).concat(cohereEnvSchema);
    const { error } = schema.validate({ COHERE_API_KEY: KEY });

    expect(error?.message).toBe('COHERE_API_KEY is not allowed here.');
  });

  it.each(['COHERE_API_KEY', 'CO_API_KEY'])(
    'shows no copy of %s, with white space or without',
    (name) => {
      const { error } = Joi.object({ COPY: Joi.string().pattern(/^\d+$/) })
        .concat(cohereEnvSchema)
        .validate({ COHERE_API_KEY: KEY, [name]: ` ${OTHER_KEY}\n`, COPY: `<${OTHER_KEY}>` });

      expect(error?.message).toContain('"COPY" with value "<[not shown]>" fails to match');
      expect(error?.details[0]?.context).toEqual({ label: 'COPY', key: 'COPY' });
    },
  );

  it('shows no key in what a rule of the app for the whole environment says', () => {
    const rule = Joi.object().custom((variables: object, helpers) =>
      helpers.message({ custom: `bad: ${Reflect.get(variables, 'COHERE_API_KEY')}` }),
    );
    const { error } = rule.concat(cohereEnvSchema).validate({ COHERE_API_KEY: KEY });

    expect(error?.message).toBe('bad: [not shown]');
  });

  it('says each failure once, one sentence after another', () => {
    const { error } = cohereEnvSchema
      .concat(
        Joi.object({
          A: Joi.number(),
          B: Joi.number().messages({ 'number.base': '"A" must be a number' }),
        }),
      )
      .validate({ COHERE_TIMEOUT_MS: 'x', COHERE_API_KEY: KEY, A: 'x', B: 'x' });

    expect(error?.details).toHaveLength(3);
    expect(error?.message).toMatch(/^COHERE_TIMEOUT_MS must be .*, 10000\. "A" must be a number$/);
  });

  it('separates what Joi says of two variables', () => {
    const { error } = cohereEnvSchema
      .concat(Joi.object({ A: Joi.number(), B: Joi.number() }))
      .validate({ COHERE_API_KEY: KEY, A: 'x', B: 'x' });

    expect(error?.message).toBe('"A" must be a number. "B" must be a number');
    expect(error?.details.map(({ path }) => path)).toEqual([['A'], ['B']]);
  });
});
