import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KEY, OTHER_KEY, rejectionOf, workingDirectory } from '../config/working-directory.js';
import { examined } from './examined.js';
import { doctor } from '../../../lib/cli/doctor/doctor.js';
import { fingerprint } from '../../../lib/config/api-key/secret.js';
import { resolveConfiguration } from '../../../lib/config/resolve-configuration.js';
import { type Setting, SETTINGS } from '../../../lib/config/settings.js';
import { DiagnosedError } from '../../../lib/diagnosis/errors.js';

describe('nestjs-cohere doctor', () => {
  it('shows every setting with value and origin, and ends with 0 when nothing is wrong', async () => {
    const { exitCode, stdout } = await examined({
      files: { '.env': `# cohere\nCOHERE_API_KEY='${KEY}'\nCOHERE_TIMEOUT_MS=2500\n` },
      environment: { COHERE_BASE_URL: 'https://vault.example.test/v2/', COHERE_STARTUP_CHECK: '' },
    });

    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      `  COHERE_API_KEY                       40 characters, ${fingerprint(KEY)}  .env:2\n`,
    );
    expect(stdout).toMatch(/COHERE_API_KEY_FILE +not set\n/);
    expect(stdout).toMatch(/COHERE_BASE_URL +https:\/\/vault\.example\.test +the environment\n/);
    expect(stdout).toMatch(/COHERE_TIMEOUT_MS +2500 +\.env:3\n/);
    expect(
      stdout.endsWith(`
  Read the environment and .env, as ConfigModule.forRoot() does.
  Options given to CohereModule in code win over all this, and are not seen here.

  ok The settings are valid. Not checked: whether the key is accepted (npx nestjs-cohere doctor --live).
`),
    ).toBe(true);
  });

  it.each(
    Object.values<Setting>(SETTINGS).flatMap(({ variable, default: usual }) =>
      variable === undefined || variable === 'COHERE_API_KEY' ? [] : [[variable, usual] as const],
    ),
  )('shows %s, which is not set, with its default if it has one: %s', async (variable, usual) => {
    const { stdout } = await examined({ environment: { COHERE_API_KEY: KEY } });
    const row = stdout.split('\n').find((line) => line.startsWith(`  ${variable} `));

    expect(row?.trim().split(/ {2,}/)).toEqual(
      usual === undefined ? [variable, 'not set'] : [variable, String(usual), 'the default'],
    );
  });

  it('shows which source overrides which', async () => {
    const { stdout } = await examined({
      files: {
        '.env.local': `COHERE_API_KEY=${OTHER_KEY}\nCOHERE_CONCURRENCY=4\n`,
        '.env': `COHERE_API_KEY=${KEY}\nCOHERE_CONCURRENCY=4\nCOHERE_MAX_RETRIES=1\n`,
      },
      environment: { COHERE_API_KEY: KEY },
      words: ['--env-file', '.env.local', '--env-file=.env'],
    });

    expect(stdout).toContain(
      `40 characters, ${fingerprint(KEY)}  the environment\n    overrides .env.local:1, another value; .env:1, the same value\n`,
    );
    expect(stdout).toMatch(
      /COHERE_CONCURRENCY +4 +\.env\.local:2\n +overrides \.env:2, the same value\n/,
    );
    expect(stdout).toMatch(/COHERE_MAX_RETRIES +1 +\.env:3\n/);
    expect(stdout).toContain('Read the environment and .env.local, .env, as');
  });

  it('checks only the winning value: the environment before the files, the first file before the others', async () => {
    const words = ['--env-file', 'first.env', '--env-file', 'second.env'];
    const good = await examined({
      files: {
        'first.env': `COHERE_API_KEY=${KEY}\nCOHERE_TIMEOUT_MS=soon\n`,
        'second.env': 'COHERE_API_KEY=todo\n',
      },
      environment: { COHERE_TIMEOUT_MS: '5' },
      words,
    });
    const bad = await examined({
      files: { 'first.env': 'COHERE_API_KEY=todo\n', 'second.env': `COHERE_API_KEY=${KEY}\n` },
      words,
    });

    expect(good.exitCode).toBe(0);
    expect(bad.exitCode).toBe(78);
    expect(bad.stdout).toContain(
      'COHERE_API_KEY from first.env:1 (overrides second.env:1, another',
    );
  });

  it('reports all problems at once, as the boot does, and ends with 78', async () => {
    const { exitCode, stdout } = await examined({
      files: { '.env': `COHERE_API_KEY='"${KEY}"'\n` },
      environment: { COHERE_TIMEOUT_MS: 'soon', COHERE_STARTUP_CHECK: 'kye' },
    });

    expect(exitCode).toBe(78);
    expect(stdout).toContain('COHERE_CONFIG_INVALID  3 problems in the configuration');
    expect(stdout).toContain('COHERE_TIMEOUT_MS from the environment: "soon"');
    expect(stdout).toContain('Write "key".');
    expect(stdout).toContain('COHERE_API_KEY from .env:1, 42 characters');
    expect(stdout).toMatch(/COHERE_TIMEOUT_MS +"soon" +the environment\n/);
    expect(stdout).not.toContain(KEY);
  });

  it.each([
    undefined,
    '',
    '  ',
    `"${KEY}"`,
    `${KEY.slice(0, 9)} ${KEY.slice(9)}`,
    `${KEY}\n${KEY}`,
    `Bearer ${KEY}`,
    `COHERE_API_KEY=${KEY}`,
    '${COHERE_API_KEY}',
    'your-api-key',
    'https://api.cohere.com',
    `sk-proj-${KEY}`,
    `hf_${KEY}`,
    `${KEY}\u200b`,
  ])('names the same code as the boot for %j, and shows nothing of the key', async (value) => {
    const environment = { COHERE_API_KEY: value };
    const boot = await rejectionOf(
      resolveConfiguration({}, { variables: environment, workingDirectory: workingDirectory() }),
    );
    const { exitCode, stdout } = await examined({ environment });

    expect(exitCode).toBe(78);
    expect(stdout).toContain(boot instanceof DiagnosedError ? `${boot.code}  ` : 'a diagnosis');
    expect(stdout).not.toContain(KEY.slice(0, 9));
  });

  it('mentions what is unusual, such as CO_API_KEY and names that are nearly ours', async () => {
    const { exitCode, stdout } = await examined({
      environment: { COHERE_API_KEY: KEY, CO_API_KEY: OTHER_KEY, COHERE_TIMEOUT_M: '5' },
    });

    expect(exitCode).toBe(0);
    expect(stdout).toContain('! CO_API_KEY is set too, to another value.');
    expect(stdout).toContain(
      '! COHERE_TIMEOUT_M is set, but not read. If it is meant for this module, rename it to COHERE_TIMEOUT_MS.',
    );
  });

  it('reads a key file, and reports an unreadable one', async () => {
    const directory = workingDirectory({ key: `${KEY}\n` });
    const path = join(directory, 'key');
    const good = await examined({ environment: { COHERE_API_KEY_FILE: path } });
    const bad = await examined({ environment: { COHERE_API_KEY_FILE: '/nowhere/key' } });

    expect(good.exitCode).toBe(0);
    expect(good.stdout).toMatch(
      new RegExp(`COHERE_API_KEY_FILE +${path} \\(40 characters, ${fingerprint(KEY)}\\) +the env`),
    );
    expect(bad.exitCode).toBe(78);
    expect(bad.stdout).toContain('ENOENT');
  });

  it('shows no key that is in a wrong place, and no password of a proxy', async () => {
    const { stdout } = await examined({
      environment: {
        COHERE_API_KEY: KEY,
        COHERE_API_KEY_FILE: OTHER_KEY,
        COHERE_RERANK_MODEL: KEY,
        COHERE_TIMEOUT_MS: KEY,
        COHERE_BASE_URL: `https://me:${OTHER_KEY}@example.test/`,
        COHERE_STARTUP_CHECK: OTHER_KEY,
        HTTPS_PROXY: `http://user:${OTHER_KEY}@proxy.example.test:3128`,
      },
    });

    expect(stdout).not.toContain(KEY);
    expect(stdout).not.toContain(OTHER_KEY);
    expect(stdout).toMatch(/HTTPS_PROXY +http:\/\/proxy\.example\.test:3128 \(with credentials\)/);
  });

  it('finds a proxy variable that the boot would refuse', async () => {
    const { exitCode, stdout } = await examined({
      environment: { COHERE_API_KEY: KEY, HTTPS_PROXY: 'socks5://me:secret@proxy.example:1080' },
    });

    expect(exitCode).toBe(78);
    expect(stdout).toContain('HTTPS_PROXY is the address of a SOCKS proxy');
    expect(stdout).not.toContain('secret');
  });

  it('prefers --base-url, and shows what it overrides', async () => {
    const { stdout } = await examined({
      environment: { COHERE_API_KEY: KEY, COHERE_BASE_URL: 'https://a.example.test' },
      words: ['--base-url', 'https://b.example.test/v2'],
    });

    expect(stdout).toMatch(
      /COHERE_BASE_URL +https:\/\/b\.example\.test +--base-url\n.*\n +overrides the environment, another value\n/,
    );
  });

  it('colours on a terminal only, and wraps to its width', async () => {
    const environment = { COHERE_API_KEY: '"x"', LANG: 'en_US.UTF-8' };
    const plain = await examined({ environment });
    const terminal = await examined({ environment, isTTY: true, columns: 60 });

    expect(plain.stdout).not.toContain('\u001b[');
    expect(terminal.stdout).toContain('\u001b[31m3 characters');
  });

  it('writes one JSON document with --json', async () => {
    const { exitCode, stdout } = await examined({
      files: { '.env': 'COHERE_TIMEOUT_MS=soon\n' },
      environment: { COHERE_API_KEY: `'${KEY}'` },
      words: ['--json'],
    });
    const document: unknown = JSON.parse(stdout);

    expect(exitCode).toBe(78);
    expect(document).toMatchObject({
      exitCode: 78,
      files: ['.env'],
      problems: [{ code: 'COHERE_API_KEY_MALFORMED' }, { code: 'COHERE_CONFIG_INVALID' }],
      live: null,
    });
    expect(document).toHaveProperty('settings[0]', {
      name: 'COHERE_API_KEY',
      value: `42 characters, ${fingerprint(`'${KEY}'`)}`,
      source: 'the environment',
      shadowed: [],
      isWrong: true,
    });
    expect(stdout).not.toContain(KEY);
  });

  it('prints its usage with --help', async () => {
    const { exitCode, stdout } = await examined({ words: ['--help'] });

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Usage: nestjs-cohere doctor \[options\]\n/);
  });

  it.each([
    [['--jsn'], 'doctor does not know the option "--jsn". Did you mean --json?'],
    [['--unknown=1'], 'doctor does not know the option "--unknown".'],
    [['extra'], 'doctor takes options only.'],
    [['--live', 'everything'], '--live takes key, model, rerank, not "everything".'],
    [['--live=everything'], '--live takes key, model, rerank, not "everything".'],
    [['--json=yes'], '--json takes no value.'],
    [['--env-file'], '--env-file needs a value.'],
    [['--env-file', 'missing.env'], 'there is no file "missing.env".'],
    [
      ['--base-url', 'api.cohere.com'],
      '--base-url must be an http or https address: it does not begin with https:// or http://.',
    ],
  ])('%j: reports the mistake in one line, and exits with 2', async (words, line) => {
    const { exitCode, stdout, stderr } = await examined({ words });

    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toBe(`nestjs-cohere: ${line} Usage: nestjs-cohere doctor --help\n`);
  });

  it('shows no key that was given as an argument', async () => {
    for (const words of [[KEY], ['--live', KEY], [`--key=${KEY}`], ['--env-file', KEY]]) {
      const { stdout, stderr } = await examined({ words });
      expect(stdout + stderr).not.toContain(KEY);
    }
  });

  it('reads the environment it is given and no other', async () => {
    const directory = workingDirectory();
    writeFileSync(join(directory, '.env'), `COHERE_API_KEY=${KEY}\n`);
    let text = '';
    const stdout = { write: (chunk: string) => (text += chunk) };

    const exitCode = await doctor([], {
      stdout,
      stderr: stdout,
      environment: {},
      workingDirectory: directory,
    });

    expect(exitCode).toBe(0);
    expect(text).toContain('.env:1');
  });
});
