import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fingerprint } from '../../../lib/config/api-key/secret.js';
import { KEY_STATES } from '../../../lib/testing/emulator/keys.js';
import { parseEmulatorArguments } from '../../../lib/cli/emulator/emulator-arguments.js';
import { runCommand } from '../../../lib/cli/run-command.js';
import { CohereEmulator } from '../../../lib/testing/emulator/cohere-emulator.js';
import { CANARY as KEY } from '../../support/keys.js';

const run = promisify(execFile);

/** The command, running inside this process. */
function start(...words: readonly string[]) {
  const written = { out: '', err: '' };
  const io = {
    stdout: {
      write: (text: string) => {
        written.out += text;
      },
    },
    stderr: {
      write: (text: string) => {
        written.err += text;
      },
    },
    environment: {},
    workingDirectory: process.cwd(),
  };
  const before = new Set(process.listeners('SIGTERM'));
  const exitCode = runCommand(['emulator', ...words], io);
  return {
    written,
    exitCode,
    url: () =>
      vi.waitFor(
        () => {
          const [url] = /http:\S+/.exec(written.out) ?? [];
          expect(url).toBeTypeOf('string');
          return url ?? '';
        },
        { interval: 5 },
      ),
    /** The listeners that a SIGTERM would call, without those of the test runner. */
    stop: () => {
      for (const listener of process.listeners('SIGTERM')) {
        if (!before.has(listener)) {
          listener('SIGTERM');
        }
      }
      return exitCode;
    },
  };
}

let running: ReturnType<typeof start> | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

describe('nestjs-cohere emulator', () => {
  it('prints its address, a key for each state, and a command that works when pasted', async () => {
    running = start('--port', '0');
    const url = await running.url();
    const banner = running.written.out;
    for (const state of KEY_STATES) {
      expect(banner).toMatch(new RegExp(`^ {2}${state} +emulator\\w{32} `, 'm'));
    }
    const command = /^ {2}curl (?:.|\n {4})*$/m.exec(banner)?.[0] ?? '';
    const { stdout } = await run('sh', ['-c', command]);
    expect(JSON.parse(stdout)).toMatchObject({ results: [{ index: 1 }, { index: 0 }] });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('logs one line for each request, with the fingerprint of the key', async () => {
    running = start('--port', '0', '--key', KEY);
    const url = await running.url();
    await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${KEY}` } });
    await fetch(`${url}/v1/check-api-key`, { method: 'POST' });
    expect(await running.stop()).toBe(0);
    expect(running.written.out).toMatch(
      new RegExp(
        `\\d\\d:\\d\\d:\\d\\d\\.\\d{3} {2}GET /v1/models {2}200 {2}[\\d.]+ ms {2}${fingerprint(KEY)}\\n`,
      ),
    );
    expect(running.written.out).toMatch(/POST \/v1\/check-api-key {2}401 {2}[\d.]+ ms {2}no key\n/);
    expect(running.written.out).toContain('Stopped after 2 requests.');
    expect(running.written.out).not.toContain(KEY);
  });

  it('takes keys with a state, and a latency', async () => {
    running = start('--port', '0', '--key', `${KEY}=expired`, '--latency', '20');
    const answer = await fetch(`${await running.url()}/v1/models`, {
      headers: { authorization: `Bearer ${KEY}` },
    });
    expect(await answer.text()).toContain('Your API key has expired');
    expect(Number(/([\d.]+) ms/.exec(running.written.out)?.[1])).toBeGreaterThanOrEqual(19);
  });

  it('accepts the fields of 2024 with acceptLegacyFields', async () => {
    running = start('--port', '0', '--accept-legacy-fields', '--key', KEY);
    const answer = await fetch(`${await running.url()}/v2/rerank`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: '{"model":"rerank-v3.5","query":"a","documents":["a"],"return_documents":true}',
    });
    expect(await answer.json()).toMatchObject({ results: [{ document: { text: 'a' } }] });
  });

  it('leaves nothing listening, neither on the port nor for signals', async () => {
    const before = process.listenerCount('SIGTERM');
    running = start('--port', '0');
    const url = await running.url();
    expect(await running.stop()).toBe(0);
    expect(process.listenerCount('SIGTERM')).toBe(before);
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  it('listens beyond loopback only with --host, and says what that means', async () => {
    running = start('--port', '0');
    await running.url();
    expect(running.written.err).toBe('');
    await running.stop();
    running = start('--port', '0', '--host', '0.0.0.0');
    await running.url();
    expect(running.written.err).toMatch(
      /^Listening on 0\.0\.0\.0: anyone who can reach this machine/,
    );
    await running.stop();
    running = start('--port', '0', '--host', 'localhost');
    await running.url();
    expect(running.written.err).toBe('');
  });

  it('prints the fix when the port is in use', async () => {
    const other = await CohereEmulator.start();
    running = start('--port', String(other.port));
    expect(await running.exitCode).toBe(69);
    await other.stop();
    expect(running.written.err).toContain(`Port ${other.port} is in use.`);
  });

  it('prints the fix for an address that this machine does not have', async () => {
    running = start('--port', '0', '--host', '203.0.113.1');
    expect(await running.exitCode).toBe(69);
    expect(running.written.err).toContain('This machine has no address 203.0.113.1.');
  });

  it.each([
    [['--prot', '1'], 'emulator does not know the option "--prot".'],
    [['--port', 'x'], '--port must be a whole number from 0 to 65535.'],
    [['--port', '65536'], '--port must be a whole number from 0 to 65535.'],
    [['--port'], '--port needs a value.'],
    [['--accept-legacy-fields=yes'], '--accept-legacy-fields takes no value.'],
    [['--latency', '-1'], '--latency must be a whole number from 0 to 600000.'],
    [['--key', `${KEY}=dead`], '--key must be KEY or KEY=STATE'],
    [['--key', '=active'], '--key must be KEY or KEY=STATE'],
    [['--key', KEY, KEY], 'emulator takes options only.'],
  ])('%j is refused by name, without showing a key', async (words, expected) => {
    running = start(...words);
    expect(await running.exitCode).toBe(2);
    expect(running.written.err).toContain(expected);
    expect(running.written.err).toContain('Usage: nestjs-cohere emulator');
    expect(running.written.err).not.toContain(KEY);
  });

  it('prints its usage with --help', async () => {
    running = start('--help');
    expect(await running.exitCode).toBe(0);
    expect(running.written.out).toContain('--latency MS');
  });

  it('listens on port 8765 by default', () => {
    expect(parseEmulatorArguments([])).toEqual({
      port: 8765,
      host: undefined,
      latencyMs: 0,
      keys: {},
      acceptLegacyFields: false,
      help: false,
    });
  });
});
