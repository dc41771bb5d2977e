import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyFolder, runApp } from './support/run-app.js';
import { CohereEmulator } from '../../lib/testing/index.js';
import { CANARY } from '../support/keys.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
// Inside the repository, so that 'nestjs-cohere' resolves to this very package.
const folder = join(root, 'test/e2e/.readme');

const snippets = [
  ...readme.matchAll(/<!-- run(?:: (?<name>[\w-]+))? -->\s+```ts\n(?<code>[\s\S]*?)```/g),
].map(({ groups }, index) => ({
  name: groups?.['name'] ?? `snippet-${index + 1}`,
  code: groups?.['code'] ?? '',
}));

describe('every snippet of the README', () => {
  let emulator: CohereEmulator;

  beforeAll(async () => {
    emulator = await CohereEmulator.start();
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    for (const { name, code } of snippets) {
      writeFileSync(join(folder, `${name}.ts`), code);
    }
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          module: 'nodenext',
          target: 'ES2023',
          types: ['node'],
          strict: true,
          experimentalDecorators: true,
          emitDecoratorMetadata: true,
          skipLibCheck: true,
          rootDir: '.',
          outDir: 'out',
        },
        include: ['*.ts'],
      }),
    );
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], {
      stdio: 'pipe',
    });
  });

  afterAll(async () => {
    await emulator.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (name: string) =>
    spawn(process.execPath, ['--import', 'reflect-metadata', join(folder, 'out', `${name}.js`)], {
      env: {
        PATH: process.env['PATH'],
        PORT: '0',
        COHERE_API_KEY: emulator.keys.active,
        COHERE_BASE_URL: emulator.url,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });

  it('is marked, so that this test finds it', () => {
    expect(readme.match(/```ts\n/g)).toHaveLength(snippets.length);
    expect(snippets.length).toBeGreaterThanOrEqual(5);
  });

  it('compiles, and runs to its end', async () => {
    // One process for all, since starting Nest is what takes the time.
    const others = snippets.filter(({ name }) => name !== 'quick-start');
    const imports = others.map(({ name }) => `await import('./${name}.js');`);
    writeFileSync(join(folder, 'out', 'all.js'), [...imports, 'process.exit(0);'].join('\n'));
    const [exitCode] = await once(start('all'), 'exit');
    expect(others.length).toBeGreaterThanOrEqual(4);
    expect(exitCode).toBe(0);
  });

  it('quick-start starts, asks Cohere and reranks', async () => {
    const app = start('quick-start');
    let output = '';
    app.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    await expect.poll(() => emulator.requests.length, { timeout: 15_000 }).toBeGreaterThan(0);
    await expect.poll(() => output, { timeout: 15_000 }).toContain('successfully started');
    app.kill();
  });
});

describe('the README', () => {
  it('has a quick start of some twenty lines', () => {
    const lines = snippets.find(({ name }) => name === 'quick-start')?.code.split('\n') ?? [];
    expect(
      lines.filter((line) => line.trim() !== '' && !line.startsWith('import')).length,
    ).toBeLessThanOrEqual(25);
  });

  it('shows the boot report as it prints', async () => {
    const workingDirectory = emptyFolder();
    const key = CANARY;
    writeFileSync(
      join(workingDirectory, '.env'),
      `PORT=3000\nLOG_LEVEL=info\nCOHERE_API_KEY=Bearer ${key}\n`,
    );
    const { output } = await runApp({ workingDirectory });
    const shown = /```text\n(?<report>COHERE_[\s\S]*?)\n\n {4}at /.exec(readme)?.groups?.['report'];
    expect(shown).toBeDefined();
    expect(output).toContain(shown);
  });

  it('names every code', async () => {
    const { DIAGNOSIS_CODES } = await import('../../lib/diagnosis/catalogue.js');
    for (const code of DIAGNOSIS_CODES) {
      expect(readme).toContain(`\`${code}\``);
    }
  });
});
