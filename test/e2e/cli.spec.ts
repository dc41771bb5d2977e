import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));
const MAIN = join(DIST, 'cli.js');
const run = promisify(execFile);

describe('the command nestjs-cohere, as a process', () => {
  it('can be run by its first line', () => {
    expect(readFileSync(MAIN, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('explains a code without network and without environment', async () => {
    const { stdout, stderr } = await run(process.execPath, [MAIN, 'explain', 'timeout'], {
      env: {},
    });

    expect(stdout).toMatch(/^## COHERE_TIMEOUT\n/);
    expect(stderr).toBe('');
  });

  it('exits with 2 for an unknown command', async () => {
    const failure: unknown = await run(process.execPath, [MAIN, 'explian']).catch(
      (error: unknown) => error,
    );

    expect(failure).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^nestjs-cohere: .* Did you mean explain\? Usage: nestjs-cohere --help\n$/,
      ),
    });
  });

  it('prints no error when the reader of its output exits', async () => {
    const child = spawn(process.execPath, [MAIN, 'explain'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    const errors: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));

    const code = await new Promise((resolve) => child.once('close', resolve));

    expect(Buffer.concat(errors).toString()).toBe('');
    expect(code).toBe(0);
  });

  it('needs neither Nest, Joi nor the SDK to explain', async () => {
    // Copied to where no node_modules is in reach.
    const folder = await mkdtemp(join(tmpdir(), 'nestjs-cohere-'));
    await cp(DIST, join(folder, 'dist'), { recursive: true });
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');

    const main = join(folder, 'dist/cli.js');
    const { stdout } = await run(process.execPath, [main, 'explain', 'timeout']);

    expect(stdout).toMatch(/^## COHERE_TIMEOUT/);
    await rm(folder, { recursive: true });
  });
});
