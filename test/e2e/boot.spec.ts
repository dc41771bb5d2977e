import { describe, expect, it } from 'vitest';
import { CANARY } from '../support/keys.js';
import { hang, json, ranking, unauthorized, type Answer } from '../support/stub-cohere.js';
import { expectOneScreen, frames, runAgainst } from './support/boot.js';
import { runApp } from './support/run-app.js';

describe.concurrent('a bad key never boots', () => {
  it.each([
    ['no key', 'express', {}, 'COHERE_API_KEY_MISSING'],
    ['no key', 'fastify', {}, 'COHERE_API_KEY_MISSING'],
    ['a blank key', 'express', { COHERE_API_KEY: '   ' }, 'COHERE_API_KEY_MISSING'],
    ['a quoted key', 'fastify', { COHERE_API_KEY: `"${CANARY}"` }, 'COHERE_API_KEY_MALFORMED'],
  ])('%s is found before any request (%s)', async (_name, ADAPTER, environment, code) => {
    expectOneScreen(await runApp({ environment: { ADAPTER, ...environment } }), code);
  });

  it.each([
    ['401', 'express', unauthorized, 'COHERE_API_KEY_REJECTED'],
    ['401', 'fastify', unauthorized, 'COHERE_API_KEY_REJECTED'],
    ['403', 'fastify', json(403, { message: 'no permission' }), 'COHERE_API_KEY_FORBIDDEN'],
    [
      '401 that echoes the header',
      'express',
      json(401, { message: `Bearer ${CANARY} is no key` }),
      'COHERE_API_KEY_REJECTED',
    ],
  ])('where Cohere answers %s (%s)', async (_name, ADAPTER, answer, code) => {
    const run = await runAgainst(answer, { ADAPTER, COHERE_API_KEY: CANARY });
    expectOneScreen(run, code);
    expect(run.output).toContain('COHERE_API_KEY');
  });
});

// Every other uncertain answer: test/unit/startup/uncertain-verdict.spec.ts.
/** Refuses every route but rerank, in words that blame the key, as AWS API Gateway does. */
const gateway =
  (rerank: Answer): Answer =>
  (request, response) => {
    const echo = `'${request.headers.authorization}' not a valid key=value pair in Authorization header`;
    (request.path === '/v2/rerank' ? rerank : json(403, { message: echo }))(request, response);
  };

describe.concurrent('a gateway that serves rerank alone', () => {
  it('does not fail a deploy: the app starts with one warning that names the setting to avoid it', async () => {
    const run = await runAgainst(gateway(ranking()), { COHERE_API_KEY: CANARY });
    expect(run.listened).toBe(true);
    expect(run.output.match(/COHERE_STARTUP_CHECK=rerank/g)).toHaveLength(1);
    expect(run.output).not.toContain(CANARY.slice(4, 16));
  });

  it('fails the boot with a key that it refuses for rerank', async () => {
    const run = await runAgainst(gateway(unauthorized), { COHERE_API_KEY: CANARY });
    expectOneScreen(run, 'COHERE_API_KEY_REJECTED');
  });
});

describe.concurrent('a deploy while Cohere is down', () => {
  it.each([
    ['silence', 'express', hang, 'COHERE_TIMEOUT'],
    ['503', 'fastify', json(503, { message: 'unavailable' }), 'could not be verified'],
  ])('that answers with %s (%s)', async (_name, ADAPTER, answer, words) => {
    const run = await runAgainst(answer, {
      ADAPTER,
      COHERE_API_KEY: CANARY,
      COHERE_STARTUP_CHECK_TIMEOUT_MS: '600',
    });
    expect(run.output).toContain('LISTENING');
    const warnings = run.output.split('\n').filter((line) => / WARN /.test(line));
    expect(warnings.filter((line) => line.includes('could not be verified'))).toHaveLength(1);
    expect(run.output).toContain(words);
    expect(run.output).not.toContain(CANARY);
  });
});

describe.concurrent('a boot', () => {
  it('with a good key says so in one line and listens', async () => {
    const run = await runAgainst(json(200, { valid: true }), { COHERE_API_KEY: CANARY });
    expect(run.listened).toBe(true);
    expect(run.output).toMatch(
      /\[CohereModule\].*COHERE_API_KEY \(sha256:[0-9a-f]{8}\) is valid; model rerank-v5.0-fast .*ms\)/,
    );
    expect(run.output).not.toContain(CANARY);
  });

  it('shows all problems in one report', async () => {
    const run = await runApp({
      environment: {
        COHERE_TIMEOUT_MS: 'soon',
        COHERE_MAX_RETRIES: '-1',
        COHERE_STARTUP_CHECK: 'modell',
      },
    });
    expect(run.exitCode).toBe(78);
    expect(run.output).toContain('4 problems');
    for (const name of ['COHERE_TIMEOUT_MS', 'COHERE_MAX_RETRIES', 'COHERE_STARTUP_CHECK']) {
      expect(run.output).toContain(name);
    }
    expect(run.output).toContain('COHERE_API_KEY is not set');
    expect(frames(run)).toHaveLength(1);
  });
});

describe.concurrent('failBoot', () => {
  it.each([
    ['78 for a configuration', {}, 78, 'COHERE_API_KEY_MISSING'],
    ['77 for a rejected key', { COHERE_API_KEY: CANARY }, 77, 'COHERE_API_KEY_REJECTED'],
    [
      '69 for an unreachable Cohere',
      {
        COHERE_API_KEY: CANARY,
        COHERE_BASE_URL: 'http://127.0.0.1:9',
        COHERE_STARTUP_CHECK_ON_UNREACHABLE: 'fail',
      },
      69,
      'COHERE_UNREACHABLE',
    ],
  ])('exits with %s, and the report is printed once', async (_name, extra, exitCode, code) => {
    const run = await runAgainst(unauthorized, { MAIN: 'fail-boot', ABORT: 'false', ...extra });
    expect(run.exitCode).toBe(exitCode);
    expect(run.output.split(`${code}  `)).toHaveLength(2);
    expect(run.output).not.toContain(CANARY);
    expect(run.output).not.toContain('node:internal');
  });
});
