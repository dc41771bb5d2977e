import { describe, expect, it } from 'vitest';
import { noticesOf, problemsOf, resolve } from './resolving.js';
import { KEY, OTHER_KEY } from './working-directory.js';

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

  it('is none for apiKey: false, whatever the environment holds', async () => {
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
  ])('may have been meant by %s, and the diagnosis says so', async (name) => {
    const [problem] = await problemsOf(resolve({}, { [name]: KEY, COHERE_TEAM: 'x', HOME: '/' }));

    expect(problem?.detail).toContain(`${name} is set, but this library reads COHERE_API_KEY`);
    expect(problem?.fix[0]).toBe(`Rename ${name} to COHERE_API_KEY.`);
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
      /^COHERE_API_KEY from the environment \(hides \.env:1, another value\), 40 characters/,
    );
  });

  it('is told with its origin when the key is bad', async () => {
    const [problem] = await problemsOf(
      resolve({}, { COHERE_API_KEY: `'${KEY}'` }, { '.env': `COHERE_API_KEY="'${KEY}'"` }),
    );

    expect(problem?.key).toMatch(/^COHERE_API_KEY from \.env:1, 42 char/);
  });
});
