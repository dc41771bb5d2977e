import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
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
      stderr: expect.stringMatching(/^nestjs-cohere: .* Did you mean explain\?\n\nUsage: /),
    });
  });

  it('says nothing when the reader of its output goes away', async () => {
    const child = spawn(process.execPath, [MAIN, 'explain'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    const errors: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));

    const code = await new Promise((resolve) => child.once('close', resolve));

    expect(Buffer.concat(errors).toString()).toBe('');
    expect(code).toBe(0);
  });

  it('loads neither Nest, Joi nor the SDK to explain', async () => {
    const script = `
      process.argv.push(${JSON.stringify(MAIN)}, 'explain', 'timeout');
      const { createRequire } = await import('node:module');
      await import(${JSON.stringify(MAIN)});
      process.on('exit', () => {
        const { cache } = createRequire(${JSON.stringify(MAIN)});
        console.error(Object.keys(cache).filter((path) => path.includes('node_modules')).length);
      });
    `;
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', script]);

    expect(stdout).toMatch(/^## COHERE_TIMEOUT/);
    expect(stderr.trim()).toBe('0');
  });
});
