import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY } from '../support/keys.js';
import { TcpStub } from '../support/tcp-stub.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function command(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  dist = join(ROOT, 'dist'),
): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(dist, 'cli.js'), ...words],
      { cwd: tmpdir(), env: { ...environment } },
      (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}

let silent: TcpStub;
beforeAll(async () => {
  silent = await TcpStub.open();
});
afterAll(() => silent.stop());

describe.concurrent('the doctor, as a process', () => {
  it('reports a server that does not use TLS, and does not exit with 0', async () => {
    const { code, stdout } = await command(
      ['doctor', '--live', '--base-url', `https://127.0.0.1:${silent.port}`],
      { COHERE_API_KEY: KEY, COHERE_TIMEOUT_MS: '700', COHERE_MAX_RETRIES: '0' },
    );

    expect(stdout).toContain('COHERE_TIMEOUT');
    expect(stdout).toContain('COHERE_API_KEY');
    expect(code).toBe(69);
  });

  it('reads a file named with --dotenv, and reports a missing one in one line', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nestjs-cohere-'));
    await writeFile(join(folder, 'a.env'), `COHERE_API_KEY=${KEY}\n`);
    const found = await command(['doctor', '--dotenv', join(folder, 'a.env')]);
    const alias = await command(['doctor', '--env-file', join(folder, 'a.env')]);
    const missing = await command(['doctor', '--dotenv', join(folder, 'b.env')]);

    expect(found).toMatchObject({ code: 0 });
    expect(alias.stdout).toBe(found.stdout);
    expect(missing).toMatchObject({ code: 2, stdout: '' });
    expect(missing.stderr).toMatch(/^nestjs-cohere: there is no file "/);
  });

  it('names the package to install when joi is missing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nestjs-cohere-'));
    const installed = join(folder, 'node_modules');
    await mkdir(join(installed, 'nestjs-cohere'), { recursive: true });
    await cp(join(ROOT, 'dist'), join(installed, 'nestjs-cohere/dist'), { recursive: true });
    await writeFile(join(installed, 'nestjs-cohere/package.json'), '{ "type": "module" }');
    for (const dependency of ['dotenv', 'undici', 'yaml']) {
      await symlink(join(ROOT, 'node_modules', dependency), join(installed, dependency));
    }
    const { code, stderr, stdout } = await command(
      ['doctor'],
      { COHERE_API_KEY: KEY },
      join(installed, 'nestjs-cohere/dist'),
    );

    expect(stderr).toContain('npm install joi\n');
    expect(stderr).not.toContain('    at ');
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
  });
});
