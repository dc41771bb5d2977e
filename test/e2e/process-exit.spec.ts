import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyFolder, runApp } from './support/run-app.js';
import { KEY } from '../support/keys.js';
import { freePort } from '../support/loopback.js';
import { hang, ranking, StubCohere } from '../support/stub-cohere.js';

const ONE_RERANK = fileURLToPath(new URL('apps/one-rerank.mjs', import.meta.url));
const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
/** A pool keeps idle connections for 30 seconds; timers that are left behind hold a process for minutes. */
const AT_ONCE_MS = 5_000;

let answers: StubCohere;
let silence: StubCohere;
beforeAll(async () => {
  [answers, silence] = await Promise.all([StubCohere.open(ranking()), StubCohere.open(hang)]);
});
afterAll(() => Promise.all([answers.stop(), silence.stop()]));

describe.concurrent('a process ends by itself, at once, after a rerank that', () => {
  it.each([
    ['succeeded', () => answers.url, {}, '1 ranked'],
    ['was refused a connection', closedPort, {}, 'COHERE_UNREACHABLE'],
    ['timed out', () => silence.url, { COHERE_TIMEOUT_MS: '300' }, 'COHERE_TIMEOUT'],
  ])('%s', async (_name, url, settings, outcome) => {
    const environment = { COHERE_API_KEY: KEY, COHERE_BASE_URL: await url(), ...settings };
    const run = await runApp({ environment }, ONE_RERANK);
    expect(run.output).toContain(outcome);
    expect(run.exitCode).toBe(0);
    const ended = Number(/ended (\d+) ms later/.exec(run.output)?.[1]);
    expect(ended).toBeLessThan(AT_ONCE_MS);
  });
});

// As after a deploy that replaced the directory: what needs no file there must not miss it.
it('an app starts in a directory that has been deleted, and so does the command', async () => {
  const environment = {
    PATH: process.env['PATH'],
    COHERE_API_KEY: KEY,
    COHERE_BASE_URL: answers.url,
  };
  const run = (script: string, ...options: readonly string[]) =>
    promisify(execFile)(
      '/bin/sh',
      ['-c', 'rmdir "$PWD" && exec "$@"', 'sh', process.execPath, script, ...options],
      { cwd: emptyFolder(), env: environment },
    );
  expect((await run(ONE_RERANK)).stdout).toContain('1 ranked');
  expect((await run(CLI, 'doctor')).stdout).toContain('COHERE_API_KEY');
});

async function closedPort(): Promise<string> {
  return `http://127.0.0.1:${await freePort()}`;
}
