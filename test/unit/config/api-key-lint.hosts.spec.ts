import { array, assert, constantFrom, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lintApiKey } from '../../../lib/config/api-key/api-key-lint.js';
import { isCohereHost } from '../../../lib/config/base-url.js';
import { noticesOf, problemsOf, resolve } from './resolving.js';
import { KEY } from './working-directory.js';

const GATEWAY = 'https://llm.example.test/cohere';
const name = 'COHERE_API_KEY';

// Every one was refused on a host whose own check calls it valid.
const GATEWAY_KEYS = [
  `sk-${KEY}`,
  'sk-1234',
  `eyJ${KEY}.eyJ${KEY}.${KEY}`,
  'token-abc123',
  'EMPTY',
  'local-dev-token',
  `pa-${KEY}`,
  'none',
  '$ecret{{x}}',
  'key=value',
  '<token>',
];

const PRINTABLE = Array.from({ length: 94 }, (_, index) => String.fromCodePoint(0x21 + index));
const WITHOUT_QUOTES = PRINTABLE.filter((character) => !['"', "'", '`'].includes(character));

describe('a key for a host that is not Cohere’s own', () => {
  it.each(GATEWAY_KEYS)('is used, with one warning, where Cohere itself would refuse it: %s', async (key) => {
    const variables = { COHERE_API_KEY: key, COHERE_BASE_URL: GATEWAY };
    const { apiKey } = await resolve({}, variables);
    const notices = await noticesOf({}, variables);

    expect(apiKey?.reveal()).toBe(key);
    expect(notices).toEqual([
      expect.stringMatching(/^warn: COHERE_API_KEY .*It is used as is, because the base URL is not/),
    ]);
    expect(await problemsOf(resolve({}, { COHERE_API_KEY: key }))).toHaveLength(1);
  }); // prettier-ignore

  it.each(['', '  ', `"${KEY}"`, `Bearer ${KEY}`, '${COHERE_API_KEY}', `${KEY} ${KEY}`, `${KEY}\u200b`, `a\u0001b`])(
    'is refused where no host can accept it: %j',
    async (key) => {
      const problems = await problemsOf(
        resolve({ baseUrl: GATEWAY, startupCheck: 'off' }, { COHERE_API_KEY: key }),
      );

      expect(problems).toHaveLength(1);
    },
  ); // prettier-ignore

  it('is never refused for its form, with any printable characters', () => {
    assert(
      property(
        array(constantFrom(...WITHOUT_QUOTES), { minLength: 1, maxLength: 120 }).filter(
          (characters) => !/^(?:\$\{|bearer)|\$\{[A-Z_]{3}/i.test(characters.join('')),
        ),
        (characters) =>
          lintApiKey(characters.join(''), { name, isCohereHost: false }).key !== undefined,
      ),
      { numRuns: 5_000 },
    );
  });

  it('comes with a hint for the report if the host rejects it', async () => {
    const { describeVerdict } = await resolve(
      { baseUrl: GATEWAY },
      { COHERE_API_KEY: `sk-${KEY}` },
    );
    const rejected = await describeVerdict(REJECTED);

    expect(rejected.fix[0]).toMatch(
      /^COHERE_API_KEY contains a key of another provider: OpenAI\. /,
    );
    expect(rejected.key).toMatch(/^COHERE_API_KEY from the environment, 43 characters, sha256:/);
  });
});

describe('the texts for a host that is not Cohere’s own', () => {
  it.each([undefined, '', `"${KEY}"`, `Bearer ${KEY}`, `${KEY}\u200b`])(
    'name no dashboard of Cohere: %j',
    async (key) => {
      const variables = {
        COHERE_BASE_URL: GATEWAY,
        ...(key === undefined ? {} : { COHERE_API_KEY: key }),
      };
      const [problem] = await problemsOf(resolve({}, variables));

      expect(problem?.fix.join()).not.toMatch(/dashboard|cohere\.com|\bCohere\b/);
    },
  );

  it('do not count the characters of a rejected key as if it were one of Cohere', async () => {
    const { describeVerdict } = await resolve(
      {},
      { COHERE_API_KEY: 'a1b2c3d4'.repeat(4), COHERE_BASE_URL: GATEWAY },
    );

    expect((await describeVerdict(REJECTED)).fix).toEqual(REJECTED.fix);
  });
});

describe('a rejected key that looks odd', () => {
  it.each([
    [Buffer.from(KEY).toString('base64'), 'is the base64 form of a key'],
    [Buffer.from(`${KEY}\n`).toString('base64'), 'is the base64 form of a key'],
    [KEY.slice(1), 'has 39 characters where Cohere keys have so far had 40'],
    [`${KEY};`, 'has other text around what looks like a key'],
  ])('says so as its first fix: %s', async (key, hint) => {
    const { describeVerdict } = await resolve({}, { COHERE_API_KEY: key });

    expect((await describeVerdict(REJECTED)).fix[0]).toContain(hint);
  });

  it('gives no notice for a usual key', async () => {
    const { describeVerdict } = await resolve({}, { COHERE_API_KEY: KEY });

    expect((await describeVerdict(REJECTED)).fix).toEqual(REJECTED.fix);
  });
});

describe('a host', () => {
  it.each([
    ['https://api.cohere.com', true],
    ['https://api.cohere.ai/v1', true],
    ['https://stg.api.cohere.com', true],
    ['https://cohere.com.example.test', false],
    ['https://notcohere.com', false],
    ['http://127.0.0.1:4000', false],
  ])('is recognized as Cohere’s own or not: %s, %s', (url, isOwn) => {
    expect(isCohereHost(url)).toBe(isOwn);
  });
});

const REJECTED = {
  code: 'COHERE_API_KEY_REJECTED',
  title: 'Cohere rejected the API key.',
  detail: '',
  key: 'COHERE_API_KEY',
  fix: ['Compare the key.'],
  clientFix: [],
  docs: '',
  httpStatus: 401,
  retryable: false,
  exitCode: 77,
} as const;
