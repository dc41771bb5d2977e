import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isFileOption } from '../../../lib/config/api-key/api-key-option.js';
import { resolveConfiguration } from '../../../lib/config/resolve-configuration.js';
import type { ApiKeyOption } from '../../../lib/config/settings.js';
import { noticesOf, problemsOf, resolve, type Variables } from './resolving.js';
import { expectGolden, told } from './told.js';
import { KEY, OTHER_KEY, workingDirectory } from './working-directory.js';

describe('the place of the key', () => {
  it('is the option before COHERE_API_KEY before COHERE_API_KEY_FILE', async () => {
    const file = { key: OTHER_KEY };
    const variables = { COHERE_API_KEY: KEY, COHERE_API_KEY_FILE: 'key' };

    expect((await resolve({ apiKey: OTHER_KEY }, variables, file)).keySource.name).toBe(
      'the apiKey option',
    );
    expect((await resolve({}, variables, file)).keySource.name).toBe('COHERE_API_KEY');
    expect((await resolve({}, { ...variables, COHERE_API_KEY: ' ' }, file)).keySource.name).toBe(
      'key',
    );
  });

  it('warns of a COHERE_API_KEY_FILE that is ignored', async () => {
    expect(await noticesOf({}, { COHERE_API_KEY: KEY, COHERE_API_KEY_FILE: '/x' })).toEqual([
      'warn: COHERE_API_KEY_FILE is set too, and ignored: COHERE_API_KEY wins.',
    ]);
  });

  it('is never CO_API_KEY: alone it is missed, beside another value it is warned of', async () => {
    const [problem] = await problemsOf(resolve({}, { CO_API_KEY: KEY }));

    expect(problem?.code).toBe('COHERE_API_KEY_MISSING');
    expect(problem?.detail).toContain('CO_API_KEY is set, but this library reads COHERE_API_KEY');
    expect(problem?.fix[0]).toBe('Rename CO_API_KEY to COHERE_API_KEY.');
    expect(await noticesOf({}, { COHERE_API_KEY: KEY, CO_API_KEY: OTHER_KEY })).toEqual([
      'warn: CO_API_KEY is set too, to another value. It is never used; COHERE_API_KEY is.',
    ]);
    expect(await noticesOf({}, { COHERE_API_KEY: KEY, CO_API_KEY: KEY })).toEqual([]);
  });

  it('is absent with apiKey: false, regardless of the environment', async () => {
    const resolved = await resolve({ apiKey: false }, { COHERE_API_KEY: 'todo' });

    expect(resolved.apiKey).toBeUndefined();
    expect(await resolved.describeApiKey()).toBe('no key (apiKey: false)');
  });

  it.each([
    'COHERE_KEY',
    'COHERE_APIKEY',
    'COHERE_API_TOKEN',
    'COHERE_TOKEN',
    'cohere_api_key',
    'COHERE_API_KEYS',
    'COHERE_AIP_KEY',
    'COHER_API_KEY',
    'Cohere_Api_Key',
    'COHEREAPIKEY',
    'CO_KEY',
    ' co_key',
    'COHERE_SECRET',
    'COHERE_SECRET_KEY',
    'COHERE_ACCESS_TOKEN',
    'COHERE_RERANK_API_KEY',
  ])('may have been meant by %s, and the diagnosis says so', async (name) => {
    const [problem] = await problemsOf(resolve({}, { [name]: KEY, COHERE_TEAM: 'x', HOME: '/' }));

    expect(problem?.detail).toContain(
      `${name.trim()} is set, but this library reads COHERE_API_KEY`,
    );
    expect(problem?.fix[0]).toBe(`Rename ${name.trim()} to COHERE_API_KEY.`);
    expect(JSON.stringify(problem)).not.toContain(KEY);
  });

  it('may be a .env file that nothing loaded', async () => {
    const [problem] = await problemsOf(
      resolve({}, {}, { '.env': `A=1\n\nCOHERE_API_KEY=${KEY}\n` }),
    );

    expect(problem?.detail).toContain('.env:3 sets it, but nothing loaded that file');
    expect(problem?.fix[0]).toContain('Import ConfigModule.forRoot()');
  });

  it('may be another name in a .env file that nothing loaded', async () => {
    const [problem] = await problemsOf(resolve({}, {}, { '.env': `COHERE_KEY=${KEY}\n` }));

    expect(problem?.fix[0]).toBe('Rename COHERE_KEY to COHERE_API_KEY.');
  });

  it('is described by origin, length and fingerprint', async () => {
    const line = `COHERE_API_KEY=${KEY}`;
    const loaded = await resolve({}, { COHERE_API_KEY: KEY }, { '.env': `\n${line}` });
    const hidden = await resolve({}, { COHERE_API_KEY: OTHER_KEY }, { '.env': line });

    expect(await loaded.describeApiKey()).toMatch(
      /^COHERE_API_KEY from \.env:2, 40 characters, sha256:[0-9a-f]{8}$/,
    );
    expect(await hidden.describeApiKey()).toMatch(
      /^COHERE_API_KEY from the environment \(overrides \.env:1, another value\), 40 characters/,
    );
  });

  it('is described only by its name once the variable has been removed', async () => {
    const variables: Variables = { COHERE_API_KEY: KEY };
    const resolved = await resolve({}, variables);
    delete variables['COHERE_API_KEY'];

    expect(await resolved.describeApiKey()).toMatch(/^COHERE_API_KEY, 40 characters, sha256:/);
  });

  it('is reported with its origin when the key is bad', async () => {
    const [problem] = await problemsOf(
      resolve({}, { COHERE_API_KEY: `'${KEY}'` }, { '.env': `COHERE_API_KEY="'${KEY}'"` }),
    );

    expect(problem?.key).toMatch(/^COHERE_API_KEY from \.env:1, 42 char/);
  });
});

/** What is wrong, word for word: the option, the variables, the files of the working directory. */
type Place = readonly [ApiKeyOption | undefined, Variables?, Record<string, string>?];

const ENV_FILE = `# keys\nA=1\nCOHERE_API_KEY=${KEY}\n`;
const FILE = { COHERE_API_KEY_FILE: 'key' };

const MISSING: readonly Place[] = [
  [undefined],
  [undefined, { CO_API_KEY: KEY, COHERE_TOKEN: KEY, AAA_KEY: KEY, cohere_api_key: KEY }],
  [undefined, { cohere_api_key: KEY, COHERE_TOKEN: KEY, CO_API_KEY: KEY, COHERE_KEY: undefined }],
  [undefined, { CO_API_KEY: ' ', HOME: '/' }],
  [{ env: 'COHERE_KEY' }, {}, { '.env': `COHERE_KEY=${KEY}\n` }],
  [undefined, {}, { '.env': ENV_FILE }],
  [undefined, {}, { '.env': 'COHERE_API_KEY=\nA=1\n' }],
  [undefined, {}, { '.env': `COHERE_KEY=${KEY}\nCO_API_KEY=${KEY}\n` }],
  [undefined, { COHERE_KEY: KEY }, { '.env': `COHERE_KEY=${KEY}\n` }],
  [undefined, { COHERE_API_KEY: '' }],
  [undefined, { COHERE_API_KEY: ' ' }, { '.env': ENV_FILE }],
  [undefined, { COHERE_API_KEY: '' }, { '.env': 'COHERE_API_KEY=\n' }],
  [{ env: 'MY_KEY' }, { COHERE_API_KEY: KEY }],
  [{ env: 'MY_KEY' }, {}, { '.env': `MY_KEY=${KEY}\n` }],
  [{ env: 'COHERE_KEY' }, { CO_API_KEY: KEY }],
  [{ env: 'MY_KEY' }, { MY_KEY: '' }],
  ['', {}],
  [' ', { CO_API_KEY: KEY }],
  ['', { COHERE_API_KEY: KEY }],
  ['', { COHERE_API_KEY: '' }],
  [' ', { COHERE_API_KEY: KEY }, { '.env': ENV_FILE }],
  [() => ' '],
];

const NO_NAMES: readonly Place[] = [
  KEY,
  'a b',
  '9A',
  'A'.repeat(101),
  'Mixed_Name',
  'A__B',
  'hunter-2',
].map((env) => [{ env }]);

const FILES: readonly Place[] = [
  [{ file: 'missing.key' }],
  [{ file: '/nowhere/secrets/key' }],
  [undefined, { COHERE_API_KEY_FILE: 'missing.key' }],
  [
    undefined,
    { COHERE_API_KEY_FILE: './missing' },
    { '.env': 'A=1\nCOHERE_API_KEY_FILE=./missing\n' },
  ],
  [{ file: 'missing.key' }, { COHERE_API_KEY_FILE: 'missing.key' }],
  [undefined, FILE, { 'key/api-key': KEY }],
  [{ file: 'key' }, {}, { 'key/api-key': KEY }],
  [undefined, FILE, { 'key/one': KEY, 'key/two': KEY, 'key/..data': '', [`key/${KEY}`]: '' }],
  [undefined, FILE, Object.fromEntries(Array.from('abcdefg', (name) => [`key/${name}`, '']))],
  [undefined, FILE, { 'key/.hidden': '' }],
  [undefined, { COHERE_API_KEY_FILE: 'key/inside' }, { key: KEY }],
  [undefined, FILE, { key: 'x'.repeat(65_537) }],
  [undefined, FILE, { key: '' }],
  [undefined, { COHERE_API_KEY_FILE: 'api-key' }, { 'api-key': `"${KEY}"` }],
  [{ file: './key' }, {}, { key: 'todo' }],
  [undefined, FILE, { key: `${KEY}\n${OTHER_KEY}` }],
  [{ file: 'pipe' }],
  [{ file: 'circle' }],
  [{ file: KEY }],
  [undefined, { COHERE_API_KEY_FILE: KEY }],
  [{ file: 'x'.repeat(301) }],
  [{ file: 'a\nb/c' }],
  [{ file: `secrets/${KEY}` }],
  [{ file: 'correct horse' }],
  [{ file: `some/${'x'.repeat(61)}` }],
  [{ file: 'plain' }],
  [{ file: '.plain' }],
  [{ file: 'plain.txt' }],
  [{ file: 'plain.t' }],
  [{ file: 'Some/Folder/KEY_2026.txt' }],
  [{ file: 'some/f0lder/key' }],
  [{ file: 'some/Cohere-Key' }],
  [{ file: 'some/Cohere-K3y' }],
  [{ file: `some/${'x'.repeat(60)}` }],
  [{ file: 'plain/' }],
  [{ file: 'plain.abc9' }],
  [{ file: 'a\nb' }, {}, { 'a\nb': 'todo' }],
  [{ file: `${'./'.repeat(150)}key` }, {}, { key: 'todo' }],
  [undefined, FILE, { key: 'x'.repeat(65_536) }],
  [undefined, FILE, { key: `${KEY}\ufeff` }],
  [undefined, FILE, { 'key/one two': '', 'key/three': '', [`key/${'x'.repeat(62)}`]: '' }],
  ...['~/key', '~me/key', 'x~/key', '$HOME/key', '${HOME}/key', 'x$HOME/key'].map((file): Place => [
    { file },
  ]),
  ...['file:///key', 'FILE:///x', 'xfile:///key', '"/a b"', "'~/key'", 'x"/a"', '"/a"x'].map(
    (file): Place => [{ file }],
  ),
];

function thrower(thrown: unknown): () => Promise<string> {
  return () => Promise.reject(thrown);
}

const coded = (code: unknown, name = 'Error') => Object.assign(new Error(KEY), { code, name });

const FUNCTIONS: readonly Place[] = [
  thrower(new TypeError(KEY)),
  thrower(coded('ECONNREFUSED', 'VaultError')),
  thrower(coded('ENOTFOUND')),
  thrower(coded('E_DENIED', 'Vault Error')),
  thrower(coded('denied')),
  thrower(coded('xDENIED')),
  thrower(coded('DENIED!')),
  thrower(coded(7)),
  thrower(coded(KEY.toUpperCase(), KEY)),
  thrower(KEY),
  thrower(undefined),
  thrower(null),
  thrower({ message: KEY }),
  thrower(5),
].map((supply) => [supply]);

const GOOD: readonly Place[] = [
  [undefined, { COHERE_API_KEY: KEY }],
  [undefined, { COHERE_API_KEY: KEY }, { '.env': ENV_FILE }],
  [KEY],
  [KEY, { COHERE_API_KEY: KEY }, { '.env': ENV_FILE }],
  [KEY, { COHERE_API_KEY: OTHER_KEY }],
  [KEY, { COHERE_API_KEY: OTHER_KEY }, { '.env': `COHERE_API_KEY=${OTHER_KEY}` }],
  [KEY, { COHERE_API_KEY: ' ' }],
  [() => KEY],
  [{ file: 'key' }, {}, { key: KEY }],
  [{ file: 'key' }, FILE, { key: KEY }],
  [undefined, FILE, { key: KEY, '.env': '\nCOHERE_API_KEY_FILE=key' }],
  [{ env: 'MY_KEY' }, { MY_KEY: KEY }],
  [{ env: 'MY_KEY' }, { MY_KEY: KEY, COHERE_API_KEY_FILE: 'key', CO_API_KEY: OTHER_KEY }],
  [undefined, { COHERE_API_KEY: KEY, COHERE_API_KEY_FILE: ' ', CO_API_KEY: ` ${KEY}` }],
  [undefined, { COHERE_API_KEY: KEY, COHERE_API_KEY_FILE: 'key', CO_API_KEY: OTHER_KEY }],
  [undefined, { COHERE_API_KEY: KEY, CO_API_KEY: ' ' }],
  [false, { COHERE_API_KEY: KEY }],
];

it('every place of the key is described, word for word, as in its golden file', async () => {
  const bad = [...MISSING, ...NO_NAMES, ...FILES, ...FUNCTIONS].map(async (place) => {
    const problems = await problemsOf(resolveAt(place));
    const said = told(problems).replace(
      /the working directory is \S+/,
      'the working directory is …',
    );
    return `${shown(place)}\n${said}`;
  });
  const good = GOOD.map(async (place) => {
    const resolved = await resolveAt(place);
    const said = [
      `${resolved.keySource.name}: ${await resolved.describeApiKey()}`,
      ...resolved.notices.map(({ message }) => message),
    ];
    return [shown(place), ...said].join('\n  ');
  });
  await expectGolden('key-places', (await Promise.all([...bad, ...good])).map(withoutKeys));
});

function resolveAt([apiKey, variables = {}, files = {}]: Place) {
  const directory = workingDirectory(files);
  if (isFileOption(apiKey) && apiKey.file === 'pipe') {
    execFileSync('mkfifo', [join(directory, 'pipe')]);
  }
  symlinkSync('circle', join(directory, 'circle'));
  return resolveConfiguration({ apiKey }, { variables, workingDirectory: directory });
}

function shown([option, variables = {}, files = {}]: Place): string {
  const parts = [
    typeof option === 'function' ? 'a function' : option,
    variables,
    Object.keys(files),
  ];
  return inspect(parts, { breakLength: Infinity, maxStringLength: 60 });
}

function withoutKeys(text: string): string {
  return text
    .replaceAll(KEY, 'KEY')
    .replaceAll(OTHER_KEY, 'OTHER_KEY')
    .replace(/sha256:[0-9a-f]{8}/g, 'sha256:…');
}
