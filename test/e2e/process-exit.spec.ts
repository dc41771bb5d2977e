import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runApp } from './support/run-app.js';
import { KEY } from '../support/keys.js';
import { freePort } from '../support/loopback.js';
import { hang, ranking, StubCohere } from '../support/stub-cohere.js';

const ONE_RERANK = fileURLToPath(new URL('apps/one-rerank.mjs', import.meta.url));
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

async function closedPort(): Promise<string> {
  return `http://127.0.0.1:${await freePort()}`;
}
