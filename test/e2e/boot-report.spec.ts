import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CANARY } from '../support/keys.js';
import { StubCohere, unauthorized } from '../support/stub-cohere.js';
import { TcpStub } from '../support/tcp-stub.js';
import { emptyFolder, runApp, type Run } from './support/run-app.js';

// Every logger, both Nest majors and every way to end: test/matrix/boot-reports.mjs.

const BOOT_APP = fileURLToPath(new URL('apps/boot.mjs', import.meta.url));

function reportsIn({ output }: Run): number {
  return output.split(/explain COHERE_/).length - 1;
}

const hasScript = spawnSync('script', ['--version']).status === 0;

/** What a person at a terminal of that width sees. */
function onTerminal(columns: number): string {
  const command = `stty cols ${columns} rows 50; exec ${process.execPath} ${BOOT_APP}`;
  const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
    cwd: emptyFolder(),
    env: {
      PATH: process.env['PATH'],
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      COHERE_API_KEY: `"${CANARY}"`,
    },
    encoding: 'utf8',
  });
  return stdout.replaceAll('\r', '');
}

// In CI it must run, and fails where the command is missing.
const cannotRun = !hasScript && process.env['CI'] !== 'true';

describe.skipIf(cannotRun)('on a terminal (made by `script` of util-linux)', () => {
  it.each([60, 80, 200])(
    '%i columns wide, it fits, in colour, the fix under the title',
    (columns) => {
      const output = onTerminal(columns);

      const report = output.slice(output.indexOf('\u001b[1;31mCOHERE_API_KEY_MALFORMED'));
      // oxlint-disable-next-line no-control-regex -- colours
      const lines = report.replaceAll(/\u001b\[[\d;]*m/g, '').split('\n');
      const end = lines.findIndex((line) => line.startsWith('    at '));
      const [title, ...body] = lines.slice(0, end).filter((line) => line !== '');
      expect(report.startsWith('\u001b[1;31m')).toBe(true);
      expect(title).toMatch(/^COHERE_API_KEY_MALFORMED {2}/);
      expect(body.find((line) => /^ {2}\w/.test(line))).toMatch(
        /^ {2}Fix {5}1\. Remove the quotation/,
      );
      for (const line of lines.slice(0, end)) {
        expect(line.length).toBeLessThanOrEqual(columns);
      }
      expect(output.split('explain COHERE_')).toHaveLength(2);
      expect(output).not.toContain(CANARY);
    },
  );
});

describe.concurrent('the report', () => {
  it('goes to standard error where the logger is off', async () => {
    const run = await runApp({ environment: { LOGGER: 'off' } });

    expect(reportsIn(run)).toBe(1);
    expect(run.stderr).toContain('COHERE_API_KEY_MISSING');
    expect(run.exitCode).toBe(78);
  });

  it("reports that Node's permission model blocks the key file", async () => {
    const file = join(emptyFolder(), 'api-key');
    writeFileSync(file, CANARY);
    const flag = ['--permission', '--experimental-permission'].find((name) =>
      process.allowedNodeEnvironmentFlags.has(name),
    );
    const workingDirectory = emptyFolder();
    const readable = [fileURLToPath(new URL('../../', import.meta.url)), `${workingDirectory}/`];
    const run = await runApp({
      workingDirectory,
      environment: {
        COHERE_API_KEY_FILE: file,
        LOGGER: 'off',
        NODE_OPTIONS: [flag, ...readable.map((path) => `--allow-fs-read=${path}`)].join(' '),
      },
    });

    expect(reportsIn(run)).toBe(1);
    expect(run.output).toContain('Node was started without --allow-fs-read for it');
    expect(run.exitCode).toBe(78);
  });

  it.each(['message', 'stack', 'late', 'fail-boot'])(
    'comes once where the app has a handler of uncaught errors (%s)',
    async (handler) => {
      const environment = { LOGGER: 'off', ABORT: 'false', UNCAUGHT: handler };
      const run = await runApp({ environment });
      const asJson = await runApp({ environment: { ...environment, COHERE_BOOT_REPORT: 'json' } });

      expect(reportsIn(run)).toBe(1);
      // Who ends the process later chooses the exit code.
      expect(run.exitCode).toBe(handler === 'late' ? 1 : 78);
      expect(asJson.output.split('"name":"nestjs-cohere"')).toHaveLength(2);
      expect(asJson.exitCode).toBe(handler === 'late' ? 1 : 78);
    },
  );

  it.each(['', 'json'])('comes once where two instances lack the same key (%j)', async (format) => {
    const run = await runApp({
      environment: { NAMES: 'eu,us', COHERE_BOOT_REPORT: format, GITHUB_ACTIONS: 'true' },
    });

    expect(reportsIn(run)).toBe(format === 'json' ? 0 : 1);
    expect(run.output.split('"name":"nestjs-cohere"')).toHaveLength(format === 'json' ? 2 : 1);
    expect(run.output.match(/^::error /gm)).toHaveLength(1);
  });

  it('names the instance and the doctor of its key', async () => {
    const run = await runApp({
      environment: {
        NAMES: 'eu',
        REGISTRATION: 'forRoot',
        OPTIONS: '{"apiKey":{"env":"COHERE_EU_API_KEY"}}',
        COHERE_EU_API_KEY: `"${CANARY}"`,
      },
    });

    expect(run.output).toContain('npx nestjs-cohere doctor --env COHERE_EU_API_KEY');
    expect(run.output).toMatch(/Module {2}.*eu/);
    expect(run.output).not.toContain(CANARY);
  });

  it.each([
    ['json', 'true'],
    ['json', 'false'],
    ['json-11', 'true'],
    ['json-11', 'false'],
  ])(
    'is one record of a JSON logger, and no prose beside it (%s, ABORT=%s)',
    async (logger, abort) => {
      const run = await runApp({
        environment: { LOGGER: logger, ABORT: abort, MAIN: 'fail-boot', NAMES: 'eu' },
      });

      const about = run.output.split('\n').filter((line) => line.includes('COHERE_API_KEY'));
      expect(about).toHaveLength(1);
      expect(about[0]).toMatch(
        /^\{"level":"error".*"?eu\\?"?.*explain COHERE_API_KEY_MISSING.*boot\.mjs:\d+/,
      );
      expect(() => JSON.parse(about[0] ?? '')).not.toThrow();
      expect(run.exitCode).toBe(78);
    },
  );

  it('is one JSON line and nothing else with COHERE_BOOT_REPORT=json', async () => {
    const run = await runApp({ environment: { COHERE_BOOT_REPORT: 'json' } });

    const about = run.output.split('\n').filter((line) => line.includes('COHERE_API_KEY'));
    expect(about).toHaveLength(1);
    expect(JSON.parse(about[0] ?? '')).toMatchObject({ code: 'COHERE_API_KEY_MISSING' });
    expect(run.exitCode).toBe(78);
  });

  it('names the call of forRoot for a verdict of Cohere too, with failBoot', async () => {
    const stub = await StubCohere.open(unauthorized);
    const run = await runApp({
      environment: {
        MAIN: 'fail-boot',
        ABORT: 'false',
        LOGGER: 'off',
        COHERE_BASE_URL: stub.url,
        COHERE_API_KEY: CANARY,
      },
    });
    await stub.stop();

    expect(reportsIn(run)).toBe(1);
    expect(run.output).toMatch(/^ {4}at .*boot\.mjs:\d+/m);
    expect(run.exitCode).toBe(77);
  });
});

describe.concurrent('a boot that must fail', () => {
  it('does not open the port of a microservice either', async () => {
    const stub = await StubCohere.open(unauthorized);
    const run = await runApp({
      environment: { MICROSERVICE: '0', COHERE_BASE_URL: stub.url, COHERE_API_KEY: CANARY },
    });
    await stub.stop();

    expect(run.output).toContain('COHERE_API_KEY_REJECTED');
    expect(run.output).not.toContain('MICROSERVICE OPEN');
  });

  it('ends with its report and exit code where the server never speaks TLS', async () => {
    const silent = await TcpStub.open();
    const run = await runApp({
      environment: {
        COHERE_API_KEY: CANARY,
        COHERE_BASE_URL: `https://127.0.0.1:${silent.port}`,
        COHERE_STARTUP_CHECK_TIMEOUT_MS: '400',
        COHERE_STARTUP_CHECK_ON_UNREACHABLE: 'fail',
      },
    });
    await silent.stop();

    expect(reportsIn(run)).toBe(1);
    expect(run.exitCode).toBe(69);
  });
});
