import { describe, expect, it } from 'vitest';
import { closestName } from '../../../lib/config/closest-name.js';
import { explain } from '../../../lib/cli/explain.js';
import { runCommand } from '../../../lib/cli/run-command.js';
import { fingerprint } from '../../../lib/config/api-key/secret.js';
import { KEY, OTHER_KEY } from '../config/working-directory.js';
import { examined } from './examined.js';
import { recordingIo } from './recording-io.js';

describe('doctor --env', () => {
  it('examines the key of another variable, as the module does with apiKey: { env }', async () => {
    const { exitCode, stdout } = await examined({
      files: { '.env': `COHERE_EU_API_KEY="${KEY}"\n` },
      environment: { COHERE_API_KEY: OTHER_KEY },
      words: ['--env', 'COHERE_EU_API_KEY'],
    });

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ {2}COHERE_EU_API_KEY +40 characters, sha256:\w{8} +\.env:1\n/);
    expect(stdout).not.toContain('COHERE_API_KEY_FILE');
    expect(stdout).not.toContain(fingerprint(OTHER_KEY));
  });

  it.each([KEY, 'a b', `x=${KEY}`])('takes a name, and never quotes a key: %s', async (name) => {
    const { exitCode, stderr } = await examined({ words: ['--env', name] });

    expect(exitCode).toBe(2);
    expect(stderr).toContain('--env takes the name of the variable that holds the key');
    expect(stderr).not.toContain(KEY);
  });
});

describe('doctor --dotenv', () => {
  it('is --env-file under a name that Node leaves alone', async () => {
    const files = { 'a.env': `COHERE_API_KEY=${KEY}\n` };
    const { exitCode, stdout } = await examined({ files, words: ['--dotenv', 'a.env'] });
    const missing = await examined({ files, words: ['--dotenv', 'b.env'] });

    expect(exitCode).toBe(0);
    expect(stdout).toContain('a.env:1');
    expect(missing).toMatchObject({ exitCode: 2 });
    expect(missing.stderr).toContain('there is no file "b.env".');
  });
});

it.each([[[]], [['--json']]])(
  'no setting reaches a build server as a command: %j',
  async (words) => {
    const model = '##vso[task.setvariable variable=PATH]x ##teamcity[message] ::error::\u202ex';
    const { stdout } = await examined({
      environment: { COHERE_API_KEY: KEY, COHERE_RERANK_MODEL: model, COHERE_STARTUP_CHECK: model },
      words,
    });

    expect(stdout).toContain('vso[task.setvariable');
    // oxlint-disable-next-line no-control-regex
    expect(stdout).not.toMatch(/##\w+\[|(?:^|[^\w:])::[a-z]|[\u202e\u001b]/m);
  },
);

describe('the doctor and credentials', () => {
  it.each([
    'http://user:hunter2@proxy.example.test:3128',
    'user:hunter2@proxy.example.test:3128',
    'http://user:hun/hunter2@proxy.example.test:3128',
    'http://us@er:hunter2@proxy.example.test:3128',
  ])('shows an address from after its last @: %s', async (address) => {
    for (const words of [[], ['--json']]) {
      const { stdout } = await examined({
        environment: { COHERE_API_KEY: KEY, HTTPS_PROXY: address, no_proxy: address },
        words,
      });

      expect(stdout).toContain('proxy.example.test:3128 (with credentials)');
      expect(stdout).not.toContain('hunter2');
    }
  });

  it.each(['https://user:hun/hunter2@host', 'user:hunter2@host', 'https://user:hunter2@host'])(
    'does not show a base URL that holds some: %s',
    async (COHERE_BASE_URL) => {
      const environment = { COHERE_API_KEY: KEY, COHERE_BASE_URL };
      const { stdout } = await examined({ environment });
      const json = await examined({ environment, words: ['--json'] });

      expect(stdout + json.stdout).not.toContain('hunter2');
      expect(json.exitCode).toBe(78);
    },
  );
});

describe('explain', () => {
  it.each([
    ['MISSING', 'COHERE_API_KEY_MISSING'],
    ['rejected', 'COHERE_API_KEY_REJECTED'],
    ['API_KEY_EXPIRED', 'COHERE_API_KEY_EXPIRED'],
    ['not-found', 'COHERE_MODEL_NOT_FOUND'],
  ])('finds the page of %s', async (word, code) => {
    const io = recordingIo();

    expect(await explain([word], io)).toBe(0);
    expect(io.out()).toMatch(new RegExp(`^## ${code}\n`));
  });

  it('lists the codes that a word may mean', async () => {
    const io = recordingIo();

    expect(await runCommand(['explain', 'INVALID'], io)).toBe(2);
    expect(io.err()).toContain('COHERE_CONFIG_INVALID, COHERE_REQUEST_INVALID');
  });

  it('is text on a terminal, within its width, and Markdown in a pipe', async () => {
    const written: string[] = [];
    const stdout = { write: (text: string) => written.push(text), isTTY: true, columns: 60 };
    await explain(['rejected'], recordingIo({ stdout, environment: { NO_COLOR: '1' } }));
    const lines = written.join('').split('\n');

    expect(lines[0]).toBe('COHERE_API_KEY_REJECTED');
    expect(written.join('')).not.toMatch(/^#|\*\*|```|`/m);
    const prose = lines.filter((line) => !line.startsWith('    ') && line.includes(' '));
    expect(Math.max(...prose.map(({ length }) => length))).toBeLessThanOrEqual(60);
  });
});

describe('a misspelt word', () => {
  it.each([
    ['COHERE_TIMEOUT', ['COHERE_TIMEOUT_MS', 'COHERE_MAX_RETRIES'], 'COHERE_TIMEOUT_MS'],
    ['COHERE_RETRIES', ['COHERE_TIMEOUT_MS', 'COHERE_MAX_RETRIES'], 'COHERE_MAX_RETRIES'],
    ['retries', ['timeoutMs', 'maxRetries'], 'maxRetries'],
    ['timeout', ['startupCheck', 'timeoutMs'], 'timeoutMs'],
    ['--prot', ['--port', '--host'], '--port'],
    ['COHERE', ['COHERE_TIMEOUT_MS'], undefined],
    ['COHERE_EU_BASE_URL', ['COHERE_BASE_URL'], undefined],
    ['---', ['COHERE_BASE_URL'], undefined],
    ['x'.repeat(100_000), ['COHERE_BASE_URL'], undefined],
  ])('%s gets its suggestion', (name, candidates, meant) => {
    expect(closestName(name, candidates)).toBe(meant);
  });

  it('of the emulator gets its suggestion too', async () => {
    const io = recordingIo();

    expect(await runCommand(['emulator', '--prot', '1'], io)).toBe(2);
    expect(io.err()).toContain('Did you mean --port?');
  });
});

describe('a variable with a similar name', () => {
  it('is not mentioned where ours is set as well: it is the app’s own', async () => {
    const environment = { COHERE_API_KEY: KEY, COHERE_TIMEOUT: '5', COHERE_TIMEOUT_MS: '6' };

    expect((await examined({ environment })).stdout).not.toContain('COHERE_TIMEOUT is set');
  });

  it('is named, CO_API_KEY before all others, where there is no key', async () => {
    const { stdout } = await examined({
      environment: { COHERE_KEY: KEY, ACOHERE_API_KEY: KEY, CO_API_KEY: KEY },
    });

    expect(stdout).toMatch(/Fix +1\. Rename CO_API_KEY to COHERE_API_KEY\./);
  });
});
