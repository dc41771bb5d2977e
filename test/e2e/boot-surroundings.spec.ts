import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CANARY } from '../support/keys.js';
import type { Answer } from '../support/stub-cohere.js';
import { expectOneScreen, frames, runAgainst } from './support/boot.js';
import { emptyFolder, runApp } from './support/run-app.js';

describe.concurrent('a boot', () => {
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
