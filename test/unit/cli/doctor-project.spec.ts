import { describe, expect, it } from 'vitest';
import { explain } from '../../../lib/cli/explain.js';
import { cliCommand } from '../../../lib/diagnosis/cli-command.js';
import { KEY, OTHER_KEY, workingDirectory } from '../config/working-directory.js';
import { examined } from './examined.js';
import { recordingIo } from './recording-io.js';

const ENV_FILE = { '.env': `COHERE_API_KEY=${KEY}\n` };
const NOT_LOADED = '! Nothing in this project seems to load .env, so the app does not see it.';

describe('a .env file that the doctor reads', () => {
  it.each<[string, Record<string, string>]>([
    ['an app without any loader', { 'src/main.ts': 'await NestFactory.create(AppModule);' }],
    ['a loader in its tests alone', { 'src/app.spec.ts': 'ConfigModule.forRoot()' }],
    ['a loader in its build alone', { 'dist/main.js': 'ConfigModule.forRoot()' }],
    ['a loader in its packages alone', { 'node_modules/x/index.js': 'require("dotenv")' }],
  ])('is a warning where nothing loads it: %s', async (_, files) => {
    const { exitCode, stdout } = await examined({
      files: { ...ENV_FILE, 'package.json': '{}', ...files },
    });

    expect(exitCode).toBe(0);
    expect(stdout).toContain(NOT_LOADED);
    expect(stdout).not.toContain('ok The settings');
  });

  it.each<[string, Record<string, string>]>([
    [
      'ConfigModule',
      { 'src/app.module.ts': 'imports: [ConfigModule.forRoot({ isGlobal: true })]' },
    ],
    ['ConfigModule of a workspace', { 'apps/api/src/app.module.ts': 'ConfigModule\n  .forRoot()' }],
    ['a ConfigModule of another package', { 'src/app.module.ts': 'TypedConfigModule.forRoot({})' }],
    ['dotenv', { 'src/main.ts': "import 'dotenv/config';" }],
    [
      'a flag of Node',
      { 'package.json': '{"scripts":{"start":"node --env-file=.env dist/main.js"}}' },
    ],
    ['a call of Node', { 'main.mjs': 'process.loadEnvFile();' }],
    ['Compose', { 'compose.yaml': 'services: { api: { env_file: .env } }' }],
  ])('is not a warning where something loads it: %s', async (_, files) => {
    const { stdout } = await examined({ files: { ...ENV_FILE, 'package.json': '{}', ...files } });

    expect(stdout).not.toContain('Nothing in this project');
    expect(stdout).toContain('ok The settings are valid.');
  });

  it.each<[string, Record<string, string>, string[]]>([
    ['where there is no project', {}, []],
    ['named on the command line', { 'package.json': '{}' }, ['--dotenv', '.env']],
    ['without a variable of ours', { 'package.json': '{}', '.env': 'PORT=1\n' }, []],
  ])('is not a warning %s', async (_, files, words) => {
    const { stdout } = await examined({
      files: { ...ENV_FILE, ...files },
      environment: { COHERE_API_KEY: KEY },
      words,
    });

    expect(stdout).not.toContain('Nothing in this project');
  });

  it('is named if it is UTF-16, and does not count as read', async () => {
    const files = { '.env': Buffer.from(`\ufeffCOHERE_API_KEY=${KEY}\r\n`, 'utf16le') };
    const { exitCode, stdout } = await examined({ files });

    expect(exitCode).toBe(78);
    expect(stdout).toContain('Fix     1. Save .env as UTF-8.');
    expect(stdout).toContain('Read the environment and no .env file');
  });
});

describe('the address that the doctor shows', () => {
  it.each([
    ['https://x.example.test/v2/', 'https://x.example.test', '/v2 at its end is dropped; rerank is sent to https://x.example.test/v2/rerank'],
    ['https://x.example.test/a/v1/rerank', 'https://x.example.test/a', 'rerank is sent to https://x.example.test/a/v1/rerank'],
    ['https://x.example.test/rerank', 'https://x.example.test', 'rerank is sent to https://x.example.test/rerank'],
    ['https://api.cohere.com/v1/rerank', 'https://api.cohere.com', '/v1/rerank at its end is dropped; rerank is sent to https://api.cohere.com/v2/rerank'],
  ])('%s is %s, and what became of its end', async (COHERE_BASE_URL, url, note) => {
    const { stdout } = await examined({ environment: { COHERE_API_KEY: KEY, COHERE_BASE_URL } });
    const given = await examined({
      environment: { COHERE_API_KEY: KEY },
      words: ['--base-url', COHERE_BASE_URL],
    });

    expect(stdout).toContain(`COHERE_BASE_URL                      ${url} `);
    expect(stdout).toContain(`\n    ${note}\n`);
    expect(given.stdout).toContain(`\n    ${note}\n`);
  }); // prettier-ignore

  it.each(['https://x.example.test', 'https://x.example.test/', 'https://x.example.test/team/'])(
    '%s has no note: nothing of it was dropped',
    async (COHERE_BASE_URL) => {
      const { stdout } = await examined({ environment: { COHERE_API_KEY: KEY, COHERE_BASE_URL } });

      expect(stdout).not.toContain('rerank is sent to');
    },
  );

  it.each([
    ['the key', {}, `/${KEY}/cohere`, KEY],
    ['the key of a file', { files: { key: 'plain-words-key' } }, '/plain-words-key/cohere', 'plain-words-key'],
    ['what looks like a key', {}, `/${OTHER_KEY}`, OTHER_KEY],
    ['the key, percent-encoded', {}, `/${Array.from(KEY, (one) => `%${one.charCodeAt(0).toString(16)}`).join('')}`, '%6b%51'],
  ])('hides its path where that holds %s', async (_, { files }: { files?: Record<string, string> }, path, secret) => {
    const COHERE_BASE_URL = `https://gateway.example.test${path}`;
    const key = files === undefined ? { COHERE_API_KEY: KEY } : { COHERE_API_KEY_FILE: 'key' };
    for (const words of [[], ['--json'], ['--base-url', COHERE_BASE_URL]]) {
      const { stdout } = await examined({ files, environment: { ...key, COHERE_BASE_URL }, words });

      expect(stdout).toContain('https://gateway.example.test/');
      expect(stdout).not.toContain(secret);
    }
  }); // prettier-ignore
});

describe('the doctor on a terminal', () => {
  it.each([40, 60, 80, 120])(
    'breaks its lines at %i columns, except within words',
    async (columns) => {
      const { stdout } = await examined({
        files: ENV_FILE,
        environment: {
          NO_COLOR: '1',
          COHERE_API_URL: 'https://x.example.test',
          CO_API_KEY: OTHER_KEY,
        },
        isTTY: true,
        columns,
      });
      const tooLong = stdout
        .split('\n')
        .filter((line) => line.length > columns && line.trim().split(/ +/).length > 1);

      expect(tooLong).toEqual([]);
    },
  );
});

describe('explain', () => {
  it('is coloured like the doctor, with FORCE_COLOR in a pipe as well', async () => {
    const forced = recordingIo({ environment: { FORCE_COLOR: '1' } });
    const list = recordingIo({ environment: { FORCE_COLOR: '1' } });

    await explain(['rejected'], forced);
    await explain([], list);

    expect(forced.out()).toContain('\u001b[1;31mCOHERE_API_KEY_REJECTED\u001b[0m\n');
    expect(list.out()).toContain('\u001b[1;31mCOHERE_TIMEOUT');
  });
});

describe('the commands that reports print', () => {
  it.each([
    ['npm/10.8.2 node/v20.20.2 linux x64', 'npx nestjs-cohere'],
    ['yarn/4.5.0 npm/? node/v20.20.2 linux x64', 'yarn nestjs-cohere'],
    ['pnpm/9.1.0 npm/? node/v20.20.2 linux x64', 'pnpm exec nestjs-cohere'],
    ['bun/1.1.0 npm/? node/v20.20.2 linux x64', 'bunx nestjs-cohere'],
  ])('are those of the package manager that started the app: %s', (agent, command) => {
    expect(cliCommand({ npm_config_user_agent: agent }, workingDirectory())).toBe(command);
  });

  it.each([
    ['yarn.lock', 'yarn nestjs-cohere'],
    ['pnpm-lock.yaml', 'pnpm exec nestjs-cohere'],
    ['package-lock.json', 'npx nestjs-cohere'],
    ['none', 'npx nestjs-cohere'],
  ])('are those of the lock file where no package manager did: %s', (file, command) => {
    expect(cliCommand({}, workingDirectory({ [file]: '' }))).toBe(command);
  });

  it('are used by the doctor in a project of Yarn', async () => {
    const { stdout } = await examined({
      files: { 'yarn.lock': '' },
      environment: { COHERE_API_KEY: KEY },
    });

    expect(stdout).toContain('(yarn nestjs-cohere doctor --live)');
  });
});
