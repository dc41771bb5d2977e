import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { expectGolden, told } from './told.js';
import { KEY } from './working-directory.js';
import { lintApiKey, lintGivenKey } from '../../../lib/config/api-key/api-key-lint.js';
import { foreignProvider, isPlaceholder } from '../../../lib/config/api-key/telltale-values.js';
import { fingerprint } from '../../../lib/config/api-key/secret.js';

const MISSING = 'COHERE_API_KEY_MISSING';
const MALFORMED = 'COHERE_API_KEY_MALFORMED';
const PLACEHOLDER = 'COHERE_API_KEY_PLACEHOLDER';
const FOREIGN = 'COHERE_API_KEY_FOREIGN';

const PLACEHOLDER_TITLE = 'COHERE_API_KEY is still a placeholder.';
const TEMPLATE_TITLE = 'COHERE_API_KEY contains a template that was never filled in.';
const REFERENCE_TITLE = 'COHERE_API_KEY contains a reference to a secret, not the secret.';
const ASSIGNMENT_TITLE = 'COHERE_API_KEY contains a whole assignment, not only the key.';
const BEARER_TITLE = 'COHERE_API_KEY begins with "Bearer".';
const QUOTES_TITLE = 'COHERE_API_KEY is wrapped in quotation marks.';
const LINE_BREAK_TITLE = 'COHERE_API_KEY has a line break inside.';
const SPACE_TITLE = 'COHERE_API_KEY has white space inside.';
const PATH_TITLE = 'COHERE_API_KEY contains the path of a file, not a key.';
const URL_TITLE = 'COHERE_API_KEY contains a web address, not a key.';

function foreign(provider: string): string {
  return `COHERE_API_KEY contains a key of another provider: ${provider}.`;
}

function character(name: string): string {
  return `COHERE_API_KEY contains a character that no key has: ${name}.`;
}

/** What a file in UTF-16 is when it is read as UTF-8. */
function utf16(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf8');
}

const DEFECTS: readonly (readonly [value: string, code: string, title: string])[] = [
  ['', MISSING, 'COHERE_API_KEY is set, but empty.'],
  ['   ', MISSING, 'COHERE_API_KEY is set, but blank.'],
  ['\t\r\n', MISSING, 'COHERE_API_KEY is set, but blank.'],
  ['\u00a0', MISSING, 'COHERE_API_KEY is set, but blank.'],
  ['""', MISSING, 'COHERE_API_KEY contains nothing but quotation marks.'],
  ["'", MISSING, 'COHERE_API_KEY contains nothing but quotation marks.'],

  [`"${KEY}"`, MALFORMED, QUOTES_TITLE],
  [`'${KEY}'`, MALFORMED, QUOTES_TITLE],
  [`\`${KEY}\``, MALFORMED, QUOTES_TITLE],
  [`“${KEY}”`, MALFORMED, QUOTES_TITLE],
  [`‘${KEY}’`, MALFORMED, QUOTES_TITLE],
  [` "${KEY}" `, MALFORMED, QUOTES_TITLE],
  [`"${KEY}`, MALFORMED, 'COHERE_API_KEY has a quotation mark at its beginning.'],
  [`${KEY}'`, MALFORMED, 'COHERE_API_KEY has a quotation mark at its end.'],
  [`${KEY}’`, MALFORMED, 'COHERE_API_KEY has a quotation mark at its end.'],

  [`Bearer ${KEY}`, MALFORMED, BEARER_TITLE],
  [`bearer  ${KEY}`, MALFORMED, BEARER_TITLE],
  [`Authorization: Bearer ${KEY}`, MALFORMED, BEARER_TITLE],

  [`COHERE_API_KEY=${KEY}`, MALFORMED, ASSIGNMENT_TITLE],
  [`COHERE_API_KEY = "${KEY}"`, MALFORMED, ASSIGNMENT_TITLE],
  [`COHERE_API_KEY: ${KEY}`, MALFORMED, ASSIGNMENT_TITLE],
  [`CO_API_KEY=${KEY}`, MALFORMED, ASSIGNMENT_TITLE],
  [`export COHERE_API_KEY=${KEY}`, MALFORMED, ASSIGNMENT_TITLE],
  [`export TOKEN=${KEY}`, MALFORMED, ASSIGNMENT_TITLE],
  ...['set', 'setx', 'env', 'declare', 'let', 'const', 'EXPORT'].map(
    (word) => [`${word} K=${KEY}`, MALFORMED, ASSIGNMENT_TITLE] as const,
  ),
  ...[
    'KEY',
    'TOKEN',
    'API_KEY',
    'apikey',
    'COHERE_KEY',
    'COHEREAPIKEY',
    'co_token',
    'COHERE_API_KEY_FILE',
  ].map((name) => [`${name}:${KEY}`, MALFORMED, ASSIGNMENT_TITLE] as const),
  [`API_KEY         =${KEY}`, MALFORMED, ASSIGNMENT_TITLE],
  [`$env:COHERE_API_KEY = "${KEY}"`, MALFORMED, ASSIGNMENT_TITLE],

  ['${COHERE_API_KEY}', PLACEHOLDER, TEMPLATE_TITLE],
  ['${COHERE_API_KEY:-}', PLACEHOLDER, TEMPLATE_TITLE],
  ['$COHERE_API_KEY', PLACEHOLDER, TEMPLATE_TITLE],
  ['$(cat key)', PLACEHOLDER, TEMPLATE_TITLE],
  ['{{ .Values.cohere.key }}', PLACEHOLDER, TEMPLATE_TITLE],
  ['{{key}}', PLACEHOLDER, TEMPLATE_TITLE],
  ['<your key>', PLACEHOLDER, TEMPLATE_TITLE],
  ['<COHERE_API_KEY>', PLACEHOLDER, TEMPLATE_TITLE],
  ['%COHERE_API_KEY%', PLACEHOLDER, TEMPLATE_TITLE],
  ['#{CohereApiKey}#', PLACEHOLDER, TEMPLATE_TITLE],
  ['__COHERE_API_KEY__', PLACEHOLDER, TEMPLATE_TITLE],
  ['"${COHERE_API_KEY}"', PLACEHOLDER, TEMPLATE_TITLE],
  ['op://vault/cohere/key', PLACEHOLDER, REFERENCE_TITLE],
  ['arn:aws:secretsmanager:eu-central-1:123456789012:secret:cohere', PLACEHOLDER, REFERENCE_TITLE],
  ['@Microsoft.KeyVault(SecretUri=https://x.vault.azure.net/)', PLACEHOLDER, REFERENCE_TITLE],
  ['vault:secret/data/cohere#key', PLACEHOLDER, REFERENCE_TITLE],
  ['awssm:cohere', PLACEHOLDER, REFERENCE_TITLE],
  ['ssm:/cohere/key', PLACEHOLDER, REFERENCE_TITLE],
  ['sops:cohere', PLACEHOLDER, REFERENCE_TITLE],
  ['secretref:cohere', PLACEHOLDER, REFERENCE_TITLE],
  ['arn:aws-us-gov:secretsmanager:x', PLACEHOLDER, REFERENCE_TITLE],
  ['projects/shop/secrets/cohere/versions/latest', PLACEHOLDER, REFERENCE_TITLE],

  ...[
    'your-api-key', 'YOUR_API_KEY', 'Your API key', 'your_cohere_api_key_here', 'YourApiKey',
    '[YOUR_API_KEY]', 'my-api-key', 'changeme', 'CHANGE_ME', 'change-it', 'replace me', 'todo', 'TBD', 'FIXME',
    'undefined', 'null', 'None', 'nil', 'NaN', 'true', 'false', 'test', 'test-key', 'test123', 'dummy', 'fake-api-key',
    'secret', 'password', 'placeholder', 'example', 'sample', 'api_key', 'cohere', 'COHERE_API_KEY', 'insert-key-here',
    'xxx', 'XXXXXXXX', 'xxxx-xxxx-xxxx', 'x'.repeat(40), 'co-xxxxxxxxxx', '***', '*'.repeat(40), '...', '…', '-', '???',
    'foo', 'foobar', 'abc123', '123456', 'redacted', '[object Object]', '[object Promise]', '"your-api-key"',
  ].map((value) => [value, PLACEHOLDER, PLACEHOLDER_TITLE] as const), // prettier-ignore

  ...[
    '/run/secrets/cohere_api_key', '/etc/cohere/api-key', '/var/run/secrets/cohere/..data/key', '/mnt/key.txt',
    './key.txt', '../secrets/cohere', '.\\key.txt', '~/cohere-key', '~deploy/key', 'C:\\secrets\\cohere.txt', 'd:/keys/cohere',
    '\\\\server\\share\\key', 'file:///run/secrets/cohere', 'secrets/cohere.txt', 'key.txt', 'cohere.key', '"/run/secrets/cohere"',
  ].map((value) => [value, MALFORMED, PATH_TITLE] as const), // prettier-ignore

  ['https://api.cohere.com', MALFORMED, URL_TITLE],
  ['http://localhost:3000/v1', MALFORMED, URL_TITLE],
  ['HTTPS://dashboard.cohere.com/api-keys', MALFORMED, URL_TITLE],

  [`sk-ant-api03-${KEY}`, FOREIGN, foreign('Anthropic')],
  [`sk-or-v1-${KEY}`, FOREIGN, foreign('OpenRouter')],
  [`sk-proj-${KEY}`, FOREIGN, foreign('OpenAI')],
  [`sk-svcacct-${KEY}`, FOREIGN, foreign('OpenAI')],
  [`sk-${KEY}`, FOREIGN, foreign('OpenAI')],
  [`hf_${KEY.slice(0, 34)}`, FOREIGN, foreign('Hugging Face')],
  [`AIza${KEY.slice(0, 35)}`, FOREIGN, foreign('Google')],
  [`gsk_${KEY}`, FOREIGN, foreign('Groq')],
  [`jina_${KEY}`, FOREIGN, foreign('Jina AI')],
  [`pa-${KEY}`, FOREIGN, foreign('Voyage AI')],
  [`pplx-${KEY}`, FOREIGN, foreign('Perplexity')],
  [`xai-${KEY}`, FOREIGN, foreign('xAI')],
  [`r8_${KEY}`, FOREIGN, foreign('Replicate')],
  [`lsv2_pt_${KEY}`, FOREIGN, foreign('LangSmith')],
  [`ghp_${KEY}`, FOREIGN, foreign('GitHub')],
  [`github_pat_${KEY}`, FOREIGN, foreign('GitHub')],
  ['AKIAIOSFODNN7EXAMPLQ', FOREIGN, foreign('Amazon Web Services')],
  [`sk_live_${KEY}`, FOREIGN, foreign('Stripe')],
  [`"sk-proj-${KEY}"`, FOREIGN, foreign('OpenAI')],
  [
    `eyJ${KEY}.eyJ${KEY}.${KEY}`,
    FOREIGN,
    'COHERE_API_KEY contains a JSON Web Token, not a Cohere key.',
  ],

  [`${KEY}\n${KEY}`, MALFORMED, LINE_BREAK_TITLE],
  [`${KEY.slice(0, 20)}\r\n${KEY.slice(20)}`, MALFORMED, LINE_BREAK_TITLE],
  [`${KEY.slice(0, 20)} ${KEY.slice(20)}`, MALFORMED, SPACE_TITLE],
  [`${KEY.slice(0, 20)}\t${KEY.slice(20)}`, MALFORMED, SPACE_TITLE],
  [`${KEY} # production`, MALFORMED, SPACE_TITLE],
  [utf16(KEY), MALFORMED, 'COHERE_API_KEY is saved as UTF-16.'],
  [utf16(`\ufeff${KEY}`), MALFORMED, 'COHERE_API_KEY is saved as UTF-16.'],
  [`\0${utf16(KEY)}`, MALFORMED, 'COHERE_API_KEY is saved as UTF-16.'],
  [`${KEY}\u200b`, MALFORMED, character('U+200B, an invisible character')],
  [`\ufeff${KEY}`, MALFORMED, character('U+FEFF, an invisible character')],
  [`${KEY}\u00a0`, MALFORMED, character('U+00A0, a space')],
  [`${KEY.slice(1)}’s`, MALFORMED, character('U+2019, a quotation mark')],
  [`${KEY}\u2013${KEY}`, MALFORMED, character('U+2013, a dash')],
  [`k\u00e9${KEY}`, MALFORMED, character('U+00E9, not ASCII')],
  [`k\u0430${KEY}`, MALFORMED, character('U+0430, not ASCII')],
  [`${KEY}\u0001`, MALFORMED, character('U+0001, a control character')],
  [`${KEY}\u007f`, MALFORMED, character('U+007F, a control character')],
  [`${KEY}\u0000`, MALFORMED, character('U+0000, a control character')],
  [`${KEY}\u{1f511}`, MALFORMED, character('U+1F511, not ASCII')],
  [`${KEY}\ud83d`, MALFORMED, character('U+D83D, not ASCII')],
];

describe('the key lint', () => {
  it.each(DEFECTS)('says of %j: %s, %s', (value, code, title) => {
    const { problem } = lintApiKey(value, { name: 'COHERE_API_KEY' });

    expect(problem).toMatchObject({ code, title });
  });

  it.each(DEFECTS.filter(([value]) => value.includes(KEY)))(
    'shows nothing of the key in %j',
    (value) => {
      const text = JSON.stringify(lintApiKey(value, { name: 'COHERE_API_KEY' }));

      for (let start = 0; start + 6 <= KEY.length; start++) {
        expect(text).not.toContain(KEY.slice(start, start + 6));
      }
    },
  );

  it('gives every kind of defect a first step of its own', () => {
    const firstSteps = new Map<string, string>();
    for (const [value] of DEFECTS) {
      const { problem } = lintApiKey(value, { name: 'COHERE_API_KEY' });
      firstSteps.set(problem?.title ?? '', problem?.fix[0] ?? '');
    }

    expect(firstSteps.get(QUOTES_TITLE)).toBe('Remove the quotation marks around the value.');
    expect(firstSteps.get(BEARER_TITLE)).toMatch(/^Remove the word "Bearer"/);
    expect(firstSteps.get(URL_TITLE)).toMatch(/COHERE_BASE_URL/);
    expect([...firstSteps.values()].every((step) => step.endsWith('.'))).toBe(true);
  });

  it('names source, length and fingerprint, and where in the value the defect is', () => {
    const value = `${KEY.slice(0, 5)}\u200b${KEY.slice(5)}`;
    const { problem } = lintApiKey(value, {
      name: 'COHERE_API_KEY',
      origin: 'COHERE_API_KEY from .env:3',
    });

    expect(problem?.key).toBe(`COHERE_API_KEY from .env:3, 41 characters, ${fingerprint(value)}`);
    expect(problem?.detail).toBe('Character 6 of 41 is U+200B, an invisible character.');
  });

  it.each([
    ['the apiKey option', 'The apiKey option is wrapped in quotation marks.'],
    ['/run/secrets/cohere', 'The key in /run/secrets/cohere is wrapped in quotation marks.'],
    ['MY_KEY', 'MY_KEY is wrapped in quotation marks.'],
    ['the apiKey function', 'The key from the apiKey function is wrapped in quotation marks.'],
  ])('names %s in the title', (name, title) => {
    expect(lintApiKey(`"${KEY}"`, { name }).problem?.title).toBe(title);
  });

  it('names the place of a good key that an empty one hides', () => {
    const hidden = { place: '.env:3', by: 'the environment' };
    const { problem } = lintApiKey('', { name: 'MY_KEY', origin: 'MY_KEY from x', hidden });

    expect(problem?.key).toBe('MY_KEY from x, 0 characters');
    expect(problem?.fix[0]).toBe(
      'Remove the empty MY_KEY from the environment: it overrides the key in .env:3.',
    );
    expect(lintApiKey(' ', { name: 'the apiKey option', hidden }).problem?.fix[0]).toMatch(
      /^Remove the empty apiKey option from /,
    );
  });

  it.each([
    KEY,
    'a'.repeat(40),
    '0123456789abcdefghijABCDEFGHIJ0123456789',
    '0'.repeat(40),
    'da39a3ee5e6b4b0d3255bfef95601890afd80709',
    'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9abcd',
    'AIzaSyA1234567890abcdefghijklmnopqrstuvw', // one longer than a key of Google
    'testtest1234567890abcdefghijABCDEFGHIJ01',
    'yourkey1234567890abcdefghijABCDEFGHIJ012',
    'hfABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl',
  ])('accepts a plausible key without a notice: %s', (value) => {
    const { key, notices } = lintApiKey(value, { name: 'COHERE_API_KEY' });

    expect(key).toBeDefined();
    expect(notices).toEqual([]);
  });

  it('removes white space around a key, and mentions it at debug level only', () => {
    const result = lintApiKey(` \t${KEY}\r\n`, { name: 'COHERE_API_KEY' });

    expect(result.key?.reveal()).toBe(KEY);
    expect(result.notices).toEqual([
      {
        level: 'debug',
        message: 'COHERE_API_KEY has white space around it, which was removed.',
      },
    ]);
  });

  it.each(['co-1234abcdEFGH5678', KEY.slice(0, 36), `${KEY}==`, 'q/z+w='.repeat(6), 'a1'])(
    'warns about an unusual key, and uses it: %s',
    (value) => {
      const result = lintApiKey(value, { name: 'COHERE_API_KEY' });

      expect(result.key?.reveal()).toBe(value);
      expect(result.notices).toMatchObject([{ level: 'warn' }]);
      expect(JSON.stringify(result)).not.toContain(value.slice(0, 8));
    },
  );

  it('says of each defect, word for word, what is in golden/key-lint.txt', async () => {
    const values = [...DEFECTS.map(([value]) => value), ...UNUSUAL];
    const alike = new Map<string, string[]>();
    for (const value of values) {
      const said = saidOf(value);
      alike.set(said, [...(alike.get(said) ?? []), shown(value)]);
    }
    const parts = [...alike].map(([said, shownAs]) => `${shownAs.join('  ')}\n${said}`);
    await expectGolden('key-lint', [...parts, ...GIVEN.map(saidOfGiven)]);
  });
});

/** What a key of Cohere is not, and another host may accept. */
const UNUSUAL = [
  `exported=${KEY}`,
  `my_key=${KEY}`,
  `KEYS=${KEY}`,
  `KEY-${KEY}`,
  `API_KEY          =${KEY}`,
  `$env:${'A'.repeat(60)}=${KEY}`,
  `$env:${'A'.repeat(61)}=${KEY}`,
  '$env:COHERE_API_KEY',
  '$env:COHERE_API_KEY-',
  '$ecret-1',
  '$1',
  'a$KEY',
  '$KEY-1',
  'a{{b',
  'a}}b',
  'a$(b',
  'a<b>',
  '<b>a',
  '<>',
  'a%B%',
  '%B%a',
  '%1%',
  '#{B}',
  'a#{B}#',
  '#{B}a',
  '__B__a',
  'a__B__',
  '____',
  'a${b}',
  'a${B_C}',
  'a${BC}',
  'a${B_C:x',
  '${b}c',
  'aop://b',
  'avault:b',
  'arn:awsb',
  `arn:aws${'-'.repeat(21)}:b`,
  'aprojects/b/secrets/c',
  `projects/${'b'.repeat(101)}/secrets/c`,
  'projects/b/c/secrets/d',
  'mailto:me',
  '1a://b',
  `${'a'.repeat(22)}://b`,
  `eyJa.b.`,
  'eyJa.b',
  'eyJa..c',
  'aeyJa.b.c',
  'eyJa.b.c!',
  KEY,
  ` ${KEY}\n`,
  'a1',
  'a',
  KEY.slice(1),
  `${KEY}1`,
  `${KEY};`,
  `key:${KEY}`,
  `key-${KEY}-eu`,
  `${KEY}-`,
  'q/z+w='.repeat(6),
  Buffer.from(KEY).toString('base64'),
  Buffer.from(`${KEY}\r\n`).toString('base64'),
  Buffer.from(KEY.slice(1)).toString('base64'),
  `!${Buffer.from(KEY).toString('base64')}`,
  `${Buffer.from(KEY).toString('base64')}!`,
  '{zq1',
  'zq1}',
  'k'.repeat(16_384),
  'k'.repeat(16_385),
  `{"key":"${KEY}"}`,
  `{ "key": "${KEY}" }`,
  `{\n"key": "${KEY}"}`,
  `{key:${KEY}}`,
  `{"key":"${KEY}"`,
  'Bearer',
  `Bearer:${KEY}`,
  `Bearer${KEY}`,
  `authorization:bearer ${KEY}`,
  `authorization : bearer ${KEY}`,
  `authorization          :bearer ${KEY}`,
  `xbearer ${KEY}`,
  `'${KEY}"`,
  `"${KEY}"x`,
  `" ${KEY} "`,
  '"todo',
  'todo"',
  '"sk-1234',
  `"\u00e9${KEY}"`,
  `${KEY}\u00ac`,
  `${KEY}\u00ad`,
  `${KEY}\u00ae`,
  `${KEY}\u00ff`,
  `${KEY}\u0100`,
  `${KEY}\u00a1`,
  `${KEY}\ufffd`,
  `a\tb c`,
  `a\u00e9 b`,
  `a\u00e9\nb`,
  `a b\nc`,
  `a\rb`,
];

const GIVEN: readonly unknown[] = [
  '\u00a0',
  undefined,
  null,
  '',
  ' \n',
  5,
  true,
  {},
  ['key'],
  KEY,
  `"${KEY}"`,
  'sk-1234',
];

/** For Cohere, then for another host. */
function saidOf(value: string): string {
  const name = 'COHERE_API_KEY';
  const [forCohere = '', elsewhere = ''] = [true, false].map((isCohereHost) => {
    const { problem, notices, hint } = lintApiKey(value, { name, isCohereHost });
    return problem === undefined
      ? [
          ...notices.map(({ level, message }) => `  ${level}: ${message}`),
          `  is used${hint === undefined ? '' : `; should it be rejected: ${hint}`}`,
        ].join('\n')
      : told([{ ...problem, key: undefined }]);
  });
  const said = elsewhere === forCohere ? forCohere : `${forCohere}\n on another host\n${elsewhere}`;
  return said.replaceAll(fingerprint(value.trim()), 'sha256:…');
}

function shown(value: unknown): string {
  return typeof value === 'string' && value.length > 1_000
    ? `${value.length} letters`
    : inspect(value)
        .replaceAll(KEY, 'KEY')
        .replace(/[^\x20-\x7e]/gu, escaped);
}

function escaped(odd: string): string {
  return `\\u{${odd.codePointAt(0)?.toString(16)}}`;
}

function saidOfGiven(value: unknown): string {
  const { problem, notices } = lintGivenKey(value, true);
  const said = problem === undefined ? `  is used, ${notices.length} notices` : told([problem]);
  return `given to forKey(): ${shown(value)}\n${said}`;
}

const FOREIGN_KEYS: readonly (readonly [provider: string, ...samples: string[]])[] = [
  ['Anthropic', 'sk-ant-'],
  ['OpenRouter', 'sk-or-'],
  ['Langfuse', 'sk-lf-', 'pk-lf-'],
  ['OpenAI', 'sk-proj-', 'sk-svcacct-', 'sk-admin-', 'sk-'],
  ['Hugging Face', 'hf_'],
  ['Google', `AIza${'-_w'.repeat(11)}ab`],
  ['Groq', 'gsk_'],
  ['Jina AI', 'jina_'],
  ['Voyage AI', 'pa-'],
  ['Perplexity', 'pplx-'],
  ['xAI', 'xai-'],
  ['Replicate', 'r8_'],
  ['LangSmith', 'lsv2_'],
  ['NVIDIA', 'nvapi-'],
  ['Pinecone', 'pcsk_'],
  ['GitHub', 'ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'],
  ['GitLab', 'glpat-'],
  ['npm', 'npm_'],
  ['Slack', 'xoxa-', 'xoxb-', 'xoxp-', 'xoxr-', 'xoxs-'],
  ['Amazon Web Services', 'AKIA0123456789ABCDEF', 'ASIA0123456789ABCDEF'],
  ['Stripe', 'sk_live_', 'sk_test_', 'rk_live_', 'pk_test_'],
];

describe('a key of another provider', () => {
  it.each(FOREIGN_KEYS.flatMap(([provider, ...samples]) => samples.map((sample) => [provider, sample])))(
    'is told by how it begins: %s, %s',
    (provider, sample) => {
      expect(foreignProvider(sample)).toBe(provider);
      expect(foreignProvider(`.${sample}`)).toBeUndefined();
    },
  ); // prettier-ignore

  it.each([
    `AIza${'w'.repeat(34)}`,
    `AIza${'w'.repeat(36)}`,
    `AIza${'+'.repeat(35)}`,
    'AKIA0123456789ABCDE',
    'AKIA0123456789ABCDEFG',
    'AKIA0123456789ABCDEf',
    'xk-lf-',
    'ghx_',
    'xoxc-',
    'xk_live_',
    'sk_prod_',
  ])('is not every value that begins in a similar way: %s', (value) => {
    expect(foreignProvider(value)).toBeUndefined();
  });
});

const EXAMPLE_WORDS = `your my our the cohere rerank api key keys token secret password here goes insert enter put paste add set
  use replace with change this me it to be real actual valid some any new old example sample demo dummy fake mock test testing
  placeholder value string default todo tbd fixme none null nil nan undefined empty unset missing unknown required optional
  redacted hidden masked removed true false yes no trial production prod development dev staging local env variable co na foo
  bar baz qux abc lorem ipsum invalid wrong bad x`;

describe('a placeholder', () => {
  it.each(EXAMPLE_WORDS.split(/\s+/))('is %s, however it is written', (word) => {
    const upper = word.toUpperCase();
    for (const value of [
      word,
      upper,
      `<${word}>`,
      `${word}-${word}`,
      `${word}_1234`,
      `!${upper} `,
    ]) {
      expect(isPlaceholder(value)).toBe(true);
    }
  });

  it.each([
    '*.-_#?+=~•…·',
    '[object Object]',
    '[object x1]',
    'co-xxx',
    'ab_***',
    'abcdefgh-...',
    'AB-XXXX',
    '12345',
    '123456',
    '1234567',
    '12345678',
    '123456789',
    '1234567890',
    `${'x'.repeat(63)}y`.replace('y', 'x'),
    'x'.repeat(65),
    'X*.'.repeat(40),
  ])('is also %s', (value) => {
    expect(isPlaceholder(value)).toBe(true);
  });

  it.each([
    '',
    '1234',
    '12345678901',
    'a12345',
    '12345a',
    'key12345',
    'keyz',
    'zkey',
    'kéy',
    'key\u0000',
    'key\u0080',
    '-a',
    'a-',
    '[object Object] ',
    '[object ]',
    'a-xxxy',
    'qz-xx',
    'qz-**',
    'q-zzz',
    'abcdefghi-...q',
    `${'key'.repeat(21)}ke`,
    'key'.repeat(22),
    `${'x'.repeat(65)}y`,
    `y${'x'.repeat(65)}`,
  ])('is not %j', (value) => {
    expect(isPlaceholder(value)).toBe(false);
  });
});
