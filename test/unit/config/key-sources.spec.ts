import {
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { getEventListeners } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { execFileSync } from 'node:child_process';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ApiKeyOption } from '../../../lib/config/settings.js';
import type { Diagnosis } from '../../../lib/diagnosis/diagnosis.interface.js';
import { environment, KEY, OTHER_KEY, rejectionOf, workingDirectory } from './working-directory.js';
import { isApiKeyOption } from '../../../lib/config/api-key/api-key-option.js';
import { NO_KEY } from '../../../lib/config/api-key/api-key-source.interface.js';
import {
  CheckedKeySource,
  createKeySource,
} from '../../../lib/config/api-key/create-key-source.js';
import { functionKeySource } from '../../../lib/config/api-key/function-key.source.js';
import { readWithDeadline } from '../../../lib/config/api-key/read-with-deadline.js';
import { fingerprint, Secret } from '../../../lib/config/api-key/secret.js';
import { AuthenticationError } from '../../../lib/diagnosis/errors.js';

async function read(
  option: Exclude<ApiKeyOption, false> | undefined,
  variables: Record<string, string | undefined> = {},
): Promise<string> {
  return (await createKeySource(option, environment(variables)).read()).reveal();
}

async function problemOf(
  option: Exclude<ApiKeyOption, false> | undefined,
  variables: Record<string, string | undefined> = {},
): Promise<Diagnosis> {
  const error = await rejectionOf(createKeySource(option, environment(variables)).read());
  if (!(error instanceof AuthenticationError)) {
    throw error;
  }
  return error.diagnosis;
}

describe('a key given as a string', () => {
  it('is the key, without the white space around it', async () => {
    expect(await read(` ${KEY}\n`)).toBe(KEY);
  });

  it('is reported as the environment variable if it has the same value, as from config.get()', async () => {
    const variables = { COHERE_API_KEY: `${KEY}\n` };

    expect(createKeySource(KEY, environment(variables)).name).toBe('COHERE_API_KEY');
    expect((await problemOf('todo', { COHERE_API_KEY: 'todo' })).title).toBe(
      'COHERE_API_KEY is still a placeholder.',
    );
  });

  it('is reported as the option otherwise, with the variable that it overrides', async () => {
    const source = createKeySource(KEY, environment({ COHERE_API_KEY: OTHER_KEY }));

    expect(source.name).toBe('the apiKey option');
    expect(await source.describeOrigin()).toBe(
      'the apiKey option (overrides COHERE_API_KEY from the environment, another value)',
    );
  });

  it('that is empty says what is not set: the variable', async () => {
    const { code, title, fix } = await problemOf('', { CO_API_KEY: KEY });

    expect(code).toBe('COHERE_API_KEY_MISSING');
    expect(title).toBe('The apiKey option is empty, and COHERE_API_KEY is not set.');
    expect(fix[0]).toBe('Rename CO_API_KEY to COHERE_API_KEY.');
  });
});

describe('a key given as a function', () => {
  it('is called exactly once per read, with or without a promise', async () => {
    const supply = vi
      .fn<() => Promise<string>>()
      .mockResolvedValueOnce(KEY)
      .mockResolvedValue(OTHER_KEY);
    const source = createKeySource(supply, environment({}));

    expect((await source.read()).reveal()).toBe(KEY);
    expect(supply).toHaveBeenCalledTimes(1);
    expect((await source.read()).reveal()).toBe(OTHER_KEY);
    expect(await read(() => KEY)).toBe(KEY);
  });

  it('is checked like any other key', async () => {
    expect(await problemOf(() => `"${KEY}"`)).toMatchObject({
      code: 'COHERE_API_KEY_MALFORMED',
      title: 'The key from the apiKey function is wrapped in quotation marks.',
    });
  });

  it.each([
    ['nothing', undefined, 'returned undefined'],
    ['null', null, 'returned null'],
    ['a number', 42, 'returned a number'],
    ['an object', { key: KEY }, 'returned an object'],
  ])('that gives %s has failed', async (_, value, what) => {
    const source = new CheckedKeySource(functionKeySource(() => value));

    await expect(source.read()).rejects.toMatchObject({
      code: 'COHERE_API_KEY_SOURCE_FAILED',
      diagnosis: { detail: expect.stringContaining(what) },
    });
  });

  it('that throws is told by class and code, never by its message', async () => {
    class VaultError extends Error {
      override readonly name = 'VaultError';
      readonly code = 'ECONNREFUSED';
    }
    const { code, detail } = await problemOf(() => Promise.reject(new VaultError(`no ${KEY}`)));

    expect(code).toBe('COHERE_API_KEY_SOURCE_FAILED');
    expect(detail).toContain('threw VaultError, code ECONNREFUSED');
    expect(detail).not.toContain(KEY);
  });

  it.each([
    ['a string', KEY],
    [
      'an error whose name and code hold the key',
      Object.assign(new Error('x'), { name: KEY, code: KEY.toUpperCase() }),
    ],
    [
      'an object that cannot be read',
      {
        get name(): string {
          throw new Error(KEY);
        },
      },
    ],
  ])('that throws %s shows no key', async (_, thrown) => {
    const problem = await problemOf(() => Promise.reject(thrown));

    expect(JSON.stringify(problem).toUpperCase()).not.toContain(KEY.toUpperCase());
  });
});

describe('a key in a file', () => {
  it('is the content of the file without the line break at its end', async () => {
    const file = join(workingDirectory({ key: `${KEY}\n` }), 'key');

    expect(await read({ file })).toBe(KEY);
    expect(await read(undefined, { COHERE_API_KEY_FILE: file })).toBe(KEY);
  });

  it('is found from the working directory when the path is relative', async () => {
    const source = createKeySource({ file: 'key' }, environment({}, { key: KEY }));

    expect((await source.read()).reveal()).toBe(KEY);
  });

  it('is used when COHERE_API_KEY is empty, and not when it is set', async () => {
    const file = join(workingDirectory({ key: KEY }), 'key');

    expect(await read(undefined, { COHERE_API_KEY: '', COHERE_API_KEY_FILE: file })).toBe(KEY);
    expect(await read(undefined, { COHERE_API_KEY: OTHER_KEY, COHERE_API_KEY_FILE: file })).toBe(
      OTHER_KEY,
    );
  });

  it('is checked like any other key, and named by its path', async () => {
    const file = join(workingDirectory({ key: `COHERE_API_KEY=${KEY}` }), 'key');

    expect(await problemOf({ file })).toMatchObject({
      code: 'COHERE_API_KEY_MALFORMED',
      title: `The key in ${file} contains a whole assignment, not only the key.`,
    });
  });

  it.each([
    ['with a byte order mark', Buffer.from(`\ufeff${KEY}\r\n`, 'utf16le')],
    ['without one', Buffer.from(`${KEY}\r\n`, 'utf16le')],
    ['with the high byte first', Buffer.from(`\ufeff${KEY}\r\n`, 'utf16le').swap16()],
    ['with the high byte first, without a mark', Buffer.from(`${KEY}\r\n`, 'utf16le').swap16()],
  ])('that is saved as UTF-16 is named, and how to save it: %s', async (_, content) => {
    const file = join(workingDirectory(), 'key');
    writeFileSync(file, content);
    const problem = await problemOf({ file });

    expect(problem.title).toBe(`The key in ${file} is saved as UTF-16.`);
    expect(problem.fix[0]).toBe('Save the file that contains the key as UTF-8.');
  });

  it('that does not exist is named with path and system code', async () => {
    expect(await problemOf(undefined, { COHERE_API_KEY_FILE: '/nowhere/key' })).toMatchObject({
      code: 'COHERE_API_KEY_FILE_UNREADABLE',
      title: 'The API key file /nowhere/key cannot be read.',
      detail:
        '/nowhere/key, named by COHERE_API_KEY_FILE from the environment; ENOENT: there is no such file',
    });
  });

  it('that is a directory, a pipe, or far too large is not read', async () => {
    const directory = workingDirectory({ large: 'x'.repeat(100_000) });
    execFileSync('mkfifo', [join(directory, 'pipe')]);

    expect((await problemOf({ file: directory })).detail).toContain('EISDIR');
    expect((await problemOf({ file: join(directory, 'pipe') })).detail).toContain(
      'not a regular file',
    );
    expect((await problemOf({ file: join(directory, 'large') })).detail).toContain('100000 bytes');
  });

  it.skipIf(process.getuid?.() === 0)('that may not be read says so', async () => {
    const file = join(workingDirectory({ key: KEY }), 'key');
    chmodSync(file, 0);

    expect((await problemOf({ file })).detail).toContain('EACCES');
  });

  it('whose path is the key itself is not shown', async () => {
    const problem = await problemOf(undefined, { COHERE_API_KEY_FILE: KEY });

    expect(problem.code).toBe('COHERE_API_KEY_FILE_UNREADABLE');
    expect(JSON.stringify(problem)).not.toContain(KEY);
  });

  it('has changed when it was written, and not before', async () => {
    const directory = workingDirectory({ key: KEY });
    const source = createKeySource({ file: 'key' }, { variables: {}, workingDirectory: directory });
    await source.read();

    expect(await source.mayHaveChanged()).toBe(false);
    writeFileSync(join(directory, 'key'), OTHER_KEY);
    expect(await source.mayHaveChanged()).toBe(true);
    expect((await source.read()).reveal()).toBe(OTHER_KEY);
    expect(await source.mayHaveChanged()).toBe(false);
  });

  it('has changed when Kubernetes turned the symlink, even to a file of the same size and time', async () => {
    const directory = workingDirectory();
    const time = new Date('2026-01-01T00:00:00Z');
    for (const [version, key] of [
      ['..v1', KEY],
      ['..v2', OTHER_KEY],
    ] as const) {
      mkdirSync(join(directory, version));
      writeFileSync(join(directory, version, 'key'), key);
      utimesSync(join(directory, version, 'key'), time, time);
    }
    symlinkSync('..v1', join(directory, '..data'));
    symlinkSync(join('..data', 'key'), join(directory, 'key'));
    const source = createKeySource({ file: join(directory, 'key') }, environment({}));
    expect((await source.read()).reveal()).toBe(KEY);
    expect(await source.mayHaveChanged()).toBe(false);

    symlinkSync('..v2', join(directory, '..data_tmp'));
    renameSync(join(directory, '..data_tmp'), join(directory, '..data'));

    expect(await source.mayHaveChanged()).toBe(true);
    expect((await source.read()).reveal()).toBe(OTHER_KEY);
  });

  it('has changed when its permissions did', async () => {
    const directory = workingDirectory({ key: KEY });
    const source = createKeySource({ file: join(directory, 'key') }, environment({}));
    await source.read();
    chmodSync(join(directory, 'key'), 0o400);
    expect(await source.mayHaveChanged()).toBe(true);
    await source.read();
    expect(await source.mayHaveChanged()).toBe(false);
  });

  it('has changed once when it is removed, and again when it is restored', async () => {
    const directory = workingDirectory({ key: KEY });
    const source = createKeySource({ file: join(directory, 'key') }, environment({}));
    await source.read();

    rmSync(join(directory, 'key'));
    expect(await source.mayHaveChanged()).toBe(true);
    expect(await rejectionOf(source.read())).toMatchObject({
      diagnosis: { detail: expect.stringContaining('there is no such file') },
    });
    expect(await source.mayHaveChanged()).toBe(false);
    writeFileSync(join(directory, 'key'), `${OTHER_KEY}\n`);
    expect(await source.mayHaveChanged()).toBe(true);
    expect((await source.read()).reveal()).toBe(OTHER_KEY);
  });
});

/** A source whose variable got its value from a file, or is said to; read once, as at boot. */
async function bootFrom(variables: Record<string, string | undefined>, file: string, text: string) {
  const directory = workingDirectory({ [file]: text });
  const source = createKeySource(undefined, { variables, workingDirectory: directory });
  await source.read();
  const write = (content: string) => writeFileSync(join(directory, file), content);
  /** Reads until the file that the value came from has been found. */
  const readNow = async () => (await source.read()).reveal();
  return { source, write, readNow, directory };
}

describe('a key from a .env file', () => {
  it('is read from that file again', async () => {
    const variables = { COHERE_API_KEY: KEY };
    const { write, readNow } = await bootFrom(variables, '.env', `COHERE_API_KEY=${KEY}\n`);
    await setTimeout(250);
    write(`A=1\nCOHERE_API_KEY="${OTHER_KEY}"\n`);
    expect(await readNow()).toBe(OTHER_KEY);
    expect(variables.COHERE_API_KEY).toBe(KEY);
  });

  it('is read again from a file that only ConfigModule knows', async () => {
    const variables = { COHERE_API_KEY: KEY };
    const { write, readNow } = await bootFrom(variables, 'config/dev.env', `COHERE_API_KEY=${KEY}`);
    await setTimeout(1_500);
    write(`COHERE_API_KEY=${OTHER_KEY}`);
    expect(await readNow()).toBe(OTHER_KEY);
  });

  it('is expanded as the file says now, not as ConfigModule has copied it', async () => {
    const variables = { COHERE_API_KEY: KEY, START: KEY.slice(0, 20), END: KEY.slice(20) };
    const rest = '\nCOHERE_API_KEY=${START}$END\n';
    const { write, readNow } = await bootFrom(variables, '.env', `START=${variables.START}${rest}`);
    await setTimeout(250);
    write(`START=${OTHER_KEY.slice(0, 20)}${rest}`);
    expect(await readNow()).toBe(OTHER_KEY.slice(0, 20) + variables.END);
  });

  it('is not the value of a file that a real variable overrides', async () => {
    const variables = { COHERE_API_KEY: KEY };
    const { write, readNow } = await bootFrom(variables, '.env', 'COHERE_API_KEY=another-value');
    await setTimeout(250);
    write(`COHERE_API_KEY=${OTHER_KEY}`);
    expect(await readNow()).toBe(KEY);
  });

  it('is that of the environment once the environment itself changes', async () => {
    const variables = { COHERE_API_KEY: KEY };
    const { write, readNow } = await bootFrom(variables, '.env', `COHERE_API_KEY=${KEY}`);
    await setTimeout(250);
    write(`COHERE_API_KEY=${OTHER_KEY}`);
    variables.COHERE_API_KEY = 'a-third-key-0123456789abcdefghijABCDEFGH';
    expect(await readNow()).toBe(variables.COHERE_API_KEY);
  });

  it('stays the same if the file is removed, or no longer has the key', async () => {
    const variables = { COHERE_API_KEY: KEY };
    const { write, readNow, directory } = await bootFrom(
      variables,
      '.env',
      `COHERE_API_KEY=${KEY}`,
    );
    await setTimeout(250);
    write('OTHER=1');
    expect(await readNow()).toBe(KEY);
    rmSync(join(directory, '.env'));
    expect(await readNow()).toBe(KEY);
  });

  it.each([
    ['is gone', undefined],
    ['names the key no more', 'OTHER=1'],
  ])('stays what the file held last where the file %s', async (_name, text) => {
    const variables = { COHERE_API_KEY: KEY };
    const { write, readNow, directory } = await bootFrom(
      variables,
      '.env',
      `COHERE_API_KEY=${KEY}`,
    );
    await setTimeout(250);
    write(`COHERE_API_KEY=${OTHER_KEY}`);
    expect(await readNow()).toBe(OTHER_KEY);
    if (text === undefined) {
      rmSync(join(directory, '.env'));
    } else {
      write(text);
    }
    expect(await readNow()).toBe(OTHER_KEY);
    write(`COHERE_API_KEY=${KEY}`);
    expect(await readNow()).toBe(KEY);
  });

  it('that is changed to an invalid key is reported with its line', async () => {
    const variables = { COHERE_API_KEY: KEY };
    const { write, source } = await bootFrom(variables, '.env', `COHERE_API_KEY=${KEY}`);
    await setTimeout(250);
    write('A=1\nCOHERE_API_KEY=your-api-key');
    expect(await rejectionOf(source.read())).toMatchObject({
      code: 'COHERE_API_KEY_PLACEHOLDER',
      diagnosis: { key: expect.stringContaining('.env:2') },
    });
  });
});

describe('a key in an environment variable', () => {
  it('is read anew every time', async () => {
    const variables: Record<string, string | undefined> = { MY_KEY: KEY };
    const source = createKeySource({ env: 'MY_KEY' }, environment(variables));

    expect((await source.read()).reveal()).toBe(KEY);
    expect(await source.mayHaveChanged()).toBe(false);
    variables['MY_KEY'] = OTHER_KEY;
    expect(await source.mayHaveChanged()).toBe(true);
    expect((await source.read()).reveal()).toBe(OTHER_KEY);
  });

  it('that is not set is missing under its own name', async () => {
    const { title, fix } = await problemOf({ env: 'MY_KEY' }, { COHERE_API_KEY: KEY });

    expect(title).toBe('MY_KEY is not set.');
    expect(fix.join()).toContain('Set MY_KEY in the environment');
  });
});

describe('no key', () => {
  it('is read with apiKey: false', async () => {
    expect(await NO_KEY.read()).toBeUndefined();
    expect(await NO_KEY.mayHaveChanged()).toBe(false);
    expect(NO_KEY.name).toBe('apiKey: false');
  });
});

describe('every source', () => {
  it('names a bad key by origin, length and fingerprint, and shows it nowhere', async () => {
    const value = `"${KEY}"`;
    const file = join(workingDirectory({ key: value }), 'key');

    for (const option of [value, () => value, { file }, { env: 'K' }] as const) {
      const problem = await problemOf(option, { K: value });
      expect(problem.key).toContain(`, 42 characters, ${fingerprint(value)}`);
      expect(JSON.stringify(problem)).not.toContain(KEY);
    }
  });
});

const hanging = () => functionKeySource(() => new Promise(() => undefined));

/** What keeps the process alive. */
const timers = () =>
  process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

describe('a source that does not answer', () => {
  it('fails at its deadline, is retryable, and names the fix', async () => {
    const result = await new CheckedKeySource(hanging(), { deadlineMs: 5 }).inspect();

    expect(result.problem).toMatchObject({
      code: 'COHERE_API_KEY_SOURCE_FAILED',
      title: 'The source of the API key did not answer in time.',
      detail: 'the apiKey function gave no key within 5 ms',
      retryable: true,
      exitCode: 69,
      fix: [
        'Make the source of the API key answer faster, or give it a time limit and a cached value of its own.',
        'Check that this process can reach the secret store or file system the key comes from.',
      ],
    });
  });

  it('is given ten seconds', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const settled = vi.fn<() => void>();
    const reading = new CheckedKeySource(hanging()).inspect().finally(settled);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect((await reading).problem?.code).toBe('COHERE_API_KEY_SOURCE_FAILED');
  });

  it('keeps the process alive meanwhile, and one that answers does not after', async () => {
    const before = timers();
    const reading = readWithDeadline(functionKeySource(() => KEY));
    expect(timers()).toBe(before + 1);
    expect(await reading).toEqual({ value: KEY });
    await new Promise(setImmediate);
    // A timer of something else may have ended in the meantime.
    expect(timers()).toBeLessThanOrEqual(before);
  });

  it('ends, and with it the timer, when the app closes', async () => {
    const before = timers();
    const closing = new AbortController();
    const reading = readWithDeadline(hanging(), undefined, closing.signal);
    expect(timers()).toBe(before + 1);
    closing.abort();
    expect(await reading).toHaveProperty('problem');
    expect(timers()).toBeLessThanOrEqual(before);
  });

  it('that never ends leaves no listener behind once its deadline has passed', async () => {
    const { signal } = new AbortController();
    await readWithDeadline(hanging(), 5, signal);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('fails with what it threw where it must not throw', async () => {
    const place = { name: 'x', fetchValue: () => Promise.reject(new RangeError('x')) };

    await expect(readWithDeadline(place)).rejects.toBeInstanceOf(RangeError);
  });
});

describe('whether a source may have another key', () => {
  it('is known for a variable and a file, and not for an option and a function', async () => {
    const file = join(workingDirectory({ key: KEY }), 'key');
    const sources = [KEY, () => KEY, { file }, { env: 'K' }].map((option) =>
      createKeySource(option, environment({ K: KEY })),
    );
    // A variable or file that was never read may hold anything.
    const seen = await Promise.all(sources.map((source) => source.mayHaveChanged()));

    expect(seen).toEqual([false, false, true, true]);
    expect(sources.map(({ isOpaque }) => isOpaque === true)).toEqual([false, true, false, false]);
  });
});

describe('a key', () => {
  const key = new Secret(KEY);
  const shown = `[Secret 40 characters, ${fingerprint(KEY)}]`;

  it('is named by length and fingerprint wherever it is printed', () => {
    expect([String(key), JSON.stringify(key), inspect(key)]).toEqual([shown, `"${shown}"`, shown]);
    expect(fingerprint('abc')).toBe('sha256:ba7816bf');
    expect(key.length).toBe(40);
  });

  it('is the same as another of the same characters', () => {
    expect(key.equals(new Secret(KEY))).toBe(true);
    expect(key.equals(new Secret(OTHER_KEY))).toBe(false);
  });
});

describe('the apiKey option', () => {
  it.each<[unknown]>([
    ['k'],
    [''],
    [() => 'k'],
    [false],
    [{ file: 'a' }],
    [{ env: 'A' }],
    [{ file: 'a', env: undefined }],
  ])('may be %j', (value) => {
    expect(isApiKeyOption(value)).toBe(true);
  });

  it.each<[unknown]>([
    [true],
    [null],
    [undefined],
    [5],
    [{}],
    [[]],
    [{ file: '' }],
    [{ env: ' ' }],
    [{ file: 5 }],
    [{ key: 'x' }],
    [{ file: 'a', key: 'x' }],
    [{ file: 'a', env: 'B' }],
  ])('may not be %j', (value) => {
    expect(isApiKeyOption(value)).toBe(false);
  });

  it('is checked as a key of Cohere only where it goes there', async () => {
    const source = createKeySource('sk-1234', environment({}), false);

    expect((await source.read()).reveal()).toBe('sk-1234');
  });

  it('has its origin located only after a problem', async () => {
    const findOrigin = vi.fn<() => Promise<{ text: string }>>(() => Promise.resolve({ text: 'x' }));
    const place = { ...functionKeySource(() => KEY), findOrigin };

    await new CheckedKeySource(place).read();
    expect(findOrigin).not.toHaveBeenCalled();
  });
});
