import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { variableOf } from '../../../lib/config/api-key/api-key-option.js';
import { resolveConfiguration } from '../../../lib/config/resolve-configuration.js';
import type { CohereModuleOptions } from '../../../lib/config/settings.js';
import type { Diagnosis } from '../../../lib/diagnosis/diagnosis.interface.js';
import { ConfigurationError } from '../../../lib/diagnosis/errors.js';
import { CohereTransport } from '../../../lib/transport/cohere-transport.js';
import { problemsOf, resolve } from './resolving.js';
import { environment, KEY, rejectionOf, workingDirectory } from './working-directory.js';

const UUID = 'f47ac10b-58cc-4372-a567-0e02b2c3d479';
const BASE64 = 'q83vEjRWeJq/83vEjRW+Jq83v/jRWeJqg==';
const SLASHED = '/Q83vEjRWeJq/83vEjRW+Jq83v/jRWeJqg==';
const PASSPHRASE = 'correct horse battery staple';
const SECRETS = [KEY, UUID, BASE64, SLASHED, PASSPHRASE, '(((regex[', 'a.b'];

describe('a key pasted where the name of a variable belongs', () => {
  it.each(SECRETS)('is a wrong option, and never shown: %s', async (secret) => {
    const problems = await problemsOf(
      resolve({ apiKey: { env: secret } }, { OTHER: 'x' }, { '.env': `A=1\nCOHERE_API_KEY=${KEY}\n` }),
    );

    expect(problems).toMatchObject([
      { code: 'COHERE_CONFIG_INVALID', title: 'apiKey.env must be the name of an environment variable.' },
    ]);
    expect(shown(problems)).not.toContain(secret);
  }); // prettier-ignore

  it('is a ConfigurationError, because the key itself is not wrong', async () => {
    const error = await rejectionOf(resolve({ apiKey: { env: KEY } }, { COHERE_API_KEY: KEY }));

    expect(error).toBeInstanceOf(ConfigurationError);
  });

  it.each(['cohere_key', 'COHERE_EU_API_KEY', 'K2'])(
    'is distinguished from a name that is only not set: %s',
    async (env) => {
      const [problem] = await problemsOf(resolve({ apiKey: { env } }, {}));

      expect(problem).toMatchObject({
        code: 'COHERE_API_KEY_MISSING',
        title: `${env} is not set.`,
      });
    },
  );

  it('is distinguished from any name that is set', async () => {
    const name = 'COHEREKEYOFPRODUCTION2026eu';
    const { apiKey } = await resolve({ apiKey: { env: name } }, { [name]: KEY });

    expect(apiKey?.reveal()).toBe(KEY);
  });
});

describe('a key pasted where a path belongs', () => {
  it.each([KEY, UUID, BASE64, SLASHED, PASSPHRASE])(
    'is never shown, and the first fix says where it belongs: %s',
    async (secret) => {
      const fromVariable = await problemsOf(resolve({}, { COHERE_API_KEY_FILE: secret }));
      const fromOption = await problemsOf(resolve({ apiKey: { file: secret } }, {}));

      expect(fromVariable[0]?.fix[0]).toBe(
        'COHERE_API_KEY_FILE takes a path; this looks like a key: put it in COHERE_API_KEY.',
      );
      expect(fromOption[0]?.fix[0]).toBe(
        'apiKey.file takes a path; this looks like a key: pass it as apiKey.',
      );
      for (const part of secret.split('/').filter((piece) => piece.length > 3)) {
        expect(shown([...fromVariable, ...fromOption])).not.toContain(part);
      }
    },
  );

  it.each([
    ['~/cohere-key', 'Write the whole path: only a shell replaces ~ and variables.'],
    ['~deploy/cohere-key', 'Write the whole path: only a shell replaces ~ and variables.'],
    ['$HOME/cohere-key', 'Write the whole path: only a shell replaces ~ and variables.'],
    ['${SECRETS}/cohere-key', 'Write the whole path: only a shell replaces ~ and variables.'],
    ['file:///run/secrets/cohere-api-key', 'Write a path, without file:// in front.'],
    ['“/run/secrets/cohere-api-key”', 'Remove the quotation marks around the value.'],
    ['"/run/secrets/cohere-api-key"', 'Remove the quotation marks around the value.'],
  ])('is distinguished from a path that is written incorrectly: %s', async (path, step) => {
    const [fromVariable] = await problemsOf(resolve({}, { COHERE_API_KEY_FILE: path }));
    const [fromOption] = await problemsOf(resolve({ apiKey: { file: path } }, {}));

    expect(fromVariable?.fix[0]).toBe(step);
    expect(fromOption?.fix[0]).toBe(step);
  }); // prettier-ignore

  it.each(['/run/secrets/cohere-api-key', './secrets/key.txt', 'cohere.key', '/Nowhere/COHERE_KEY'])(
    'is distinguished from a path that does not exist: %s',
    async (path) => {
      const [problem] = await problemsOf(resolve({}, { COHERE_API_KEY_FILE: path }));

      expect(problem?.title).toBe(`The API key file ${path} cannot be read.`);
    },
  ); // prettier-ignore
});

describe('a key file', () => {
  it('that is a directory: the file inside is named', async () => {
    const directory = workingDirectory();
    mkdirSync(join(directory, 'secret'));
    writeFileSync(join(directory, 'secret', 'api-key'), KEY);
    const place = { variables: { COHERE_API_KEY_FILE: 'secret' }, workingDirectory: directory };
    const [problem] = await problemsOf(resolveConfiguration({}, place));

    expect(problem?.code).toBe('COHERE_API_KEY_FILE_UNREADABLE');
    expect(problem?.fix[0]).toBe(
      'Set COHERE_API_KEY_FILE to the file in that directory: secret/api-key.',
    );
  });

  it.each([`{"COHERE_API_KEY":"${KEY}"}`, `{\n  "key": "${KEY}"\n}\n`])(
    'that holds a JSON object says so: %s',
    async (content) => {
      const place = environment({ COHERE_API_KEY_FILE: 'key.json' }, { 'key.json': content });
      const [problem] = await problemsOf(resolveConfiguration({}, place));

      expect(problem?.title).toBe('The key in key.json contains a JSON object, not only the key.');
      expect(problem?.fix[0]).toContain('Take the key out of the object.');
    },
  );

  it.each([`\ufeff${KEY}\r\n`, `${KEY}\r\n`, `\n${KEY}\n\n`])(
    'may have a byte order mark and any line ends: %j',
    async (content) => {
      const place = environment({ COHERE_API_KEY_FILE: 'key' }, { key: content });

      expect((await resolveConfiguration({}, place)).apiKey?.reveal()).toBe(KEY);
    },
  );
});

describe('a key in another setting', () => {
  it.each<[CohereModuleOptions, Record<string, string>]>([
    [{}, { COHERE_RERANK_MODEL: `${UUID}\n` }],
    [{}, { COHERE_BASE_URL: `https://host.example.test/${UUID}?x=1` }],
    [{}, { COHERE_TIMEOUT_MS: UUID }],
    [{ model: `${UUID}\n` }, {}],
    [{ baseUrl: `ftp://host/${UUID}` }, {}],
  ])('is not shown: %j %j', async (options, variables) => {
    const problems = await problemsOf(resolve(options, { COHERE_API_KEY: UUID, ...variables }));

    expect(problems.length).toBeGreaterThan(0);
    expect(shown(problems)).not.toContain(UUID);
  });
});

function shown(problems: readonly Diagnosis[]): string {
  return inspect(problems, { depth: null });
}

describe('the values of headers', () => {
  it('are sent, but not shown by inspecting the configuration', async () => {
    const { settings } = await resolve({ headers: { 'X-Gateway-Token': 'hunter2' } });
    const transport = new CohereTransport(settings);

    expect(inspect({ settings, transport }, { depth: null, showHidden: true })).not.toContain(
      'hunter2',
    );
    expect(settings.headers).toEqual({ 'X-Gateway-Token': 'hunter2' });
    expect(transport.headers).toContain('hunter2');
    await transport.close();
  });

  it.each([
    'Content-Type',
    'Content-Length',
    'Host',
    'Transfer-Encoding',
    'Connection',
    'Accept-Encoding',
  ])('are refused for %s, which is set for each request', async (name) => {
    const problems = await problemsOf(resolve({ headers: { [name]: 'x' } }));

    expect(problems.map(({ title }) => title)).toEqual([`headers must not contain "${name}".`]);
  });
});

describe('the variable that a report names for the doctor', () => {
  it.each([KEY, UUID, BASE64, PASSPHRASE])('is never a pasted key: %s', (env) => {
    expect(variableOf({ env })).toBeUndefined();
  });

  it('is the one of the option', () => {
    expect(variableOf({ env: 'COHERE_EU_API_KEY' })).toBe('COHERE_EU_API_KEY');
  });
});
