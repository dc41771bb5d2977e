import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyFolder, runApp, type Run } from './support/run-app.js';
import { CANARY } from '../support/keys.js';
import {
  hang,
  json,
  ranking,
  StubCohere,
  unauthorized,
  type Answer,
} from '../support/stub-cohere.js';

function frames({ output }: Run): string[] {
  return output.split('\n').filter((line) => /^\s+at /.test(line));
}

/** Runs an app whose Cohere gives that answer; the address is in COHERE_BASE_URL unless the environment names another. */
async function runAgainst(
  answer: Answer,
  environment: Readonly<Record<string, string>>,
): Promise<Run> {
  const stub = await StubCohere.open(answer);
  try {
    return await runApp({ environment: { COHERE_BASE_URL: stub.url, ...environment } });
  } finally {
    await stub.stop();
  }
}

function expectOneScreen(run: Run, code: string): void {
  expect(run.listened).toBe(false);
  expect(run.exitCode).not.toBe(0);
  expect(run.output).toContain(code);
  expect(run.output).toMatch(/Found {3}/);
  expect(run.output).toMatch(/Fix {5}/);
  expect(run.output).not.toContain(CANARY);
  expect(run.output).not.toContain(CANARY.slice(4, 16));
  expect(frames(run)).toHaveLength(1);
  expect(frames(run)[0]).toContain('boot.mjs');
  expect(run.output).toContain('SDK FILES LOADED 0');
}

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

  it('names the line of .env the key comes from', async () => {
    const workingDirectory = emptyFolder();
    writeFileSync(
      join(workingDirectory, '.env'),
      `PORT=3000\n\nCOHERE_API_KEY="Bearer ${CANARY}"\n`,
    );
    const run = await runApp({ workingDirectory });
    expectOneScreen(run, 'COHERE_API_KEY_MALFORMED');
    expect(run.output).toContain('.env:3');
  });

  it.each(['forRoot', 'useFactory', 'config'])(
    'reports the same through %s',
    async (REGISTRATION) => {
      const run = await runApp({ environment: { REGISTRATION, COHERE_API_KEY: `${CANARY} x` } });
      expect(run.listened).toBe(false);
      expect(run.output).toContain('COHERE_API_KEY_MALFORMED');
      expect(run.output).not.toContain(CANARY);
      expect(frames(run)).toHaveLength(1);
    },
  );

  it("fails if Cohere is unreachable and onUnreachable is 'fail'", async () => {
    const run = await runApp({
      environment: {
        COHERE_API_KEY: CANARY,
        COHERE_BASE_URL: 'http://127.0.0.1:9',
        COHERE_STARTUP_CHECK_ON_UNREACHABLE: 'fail',
      },
    });
    expectOneScreen(run, 'COHERE_UNREACHABLE');
  });

  it('sends nothing when the check is off', async () => {
    let requests = 0;
    const count: Answer = (_request, response) => {
      requests += 1;
      response.end();
    };
    const run = await runAgainst(count, { COHERE_API_KEY: CANARY, COHERE_STARTUP_CHECK: 'off' });
    expect(run.listened).toBe(true);
    expect(requests).toBe(0);
  });

  it('needs no key in a private deployment', async () => {
    const run = await runApp({
      environment: { REGISTRATION: 'forRoot', OPTIONS: '{"apiKey":false}' },
    });
    expect(run.listened).toBe(true);
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

  it('prints one JSON line with COHERE_BOOT_REPORT=json', async () => {
    const run = await runApp({
      environment: { MAIN: 'fail-boot', ABORT: 'false', COHERE_BOOT_REPORT: 'json' },
    });
    const lines = run.stderr.split('\n').filter((line) => line.startsWith('{'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ code: 'COHERE_API_KEY_MISSING' });
    expect(run.exitCode).toBe(78);
  });
});

describe.concurrent('a failed boot under an orchestrator', () => {
  it('writes the termination log where it exists', async () => {
    const path = join(emptyFolder(), 'termination-log');
    writeFileSync(path, '');
    await runApp({ environment: { COHERE_TERMINATION_LOG: path } });
    expect(readFileSync(path, 'utf8')).toContain('COHERE_API_KEY_MISSING');
  });

  it('ignores a termination log that cannot be written', async () => {
    const run = await runApp({ environment: { COHERE_TERMINATION_LOG: emptyFolder() } });
    expectOneScreen(run, 'COHERE_API_KEY_MISSING');
  });

  it('annotates a GitHub Actions run', async () => {
    const run = await runApp({ environment: { GITHUB_ACTIONS: 'true' } });
    expect(run.output).toMatch(/^::error /m);
  });
});
