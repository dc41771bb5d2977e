import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { CohereModule, RerankService } from 'nestjs-cohere';
import { emptyFolder, runApp } from './support/run-app.js';
import { CohereEmulator } from '../../lib/testing/index.js';
import { CANARY } from '../support/keys.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const recipes = readFileSync(join(root, 'docs/recipes.md'), 'utf8');
// Inside the repository, so that 'nestjs-cohere' resolves to this very package.
const folder = join(root, 'test/e2e/.readme');

/** The snippets of a page, by the file that each names in its first line. */
function snippetsOf(page: string): ReadonlyMap<string, string> {
  const found = page.matchAll(/```ts\n\/\/ (?<file>\S+)\n(?<code>[^]*?)```/g);
  return new Map([...found].map(({ groups = {} }) => [groups['file'] ?? '', groups['code'] ?? '']));
}

function compiled(file: string): string {
  return join(folder, 'out', file.replace(/\.ts$/, '.js'));
}

/** The one thing that a file exports. */
async function load(file: string, name: string): Promise<Type> {
  const exported: Record<string, unknown> = await import(pathToFileURL(compiled(file)).href);
  const found = exported[name];
  if (typeof found !== 'function') {
    throw new Error(`${file} does not export ${name}`);
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a class of the snippets
  return found as Type;
}

describe.each([
  ['README.md', readme],
  ['docs/recipes.md', recipes],
])('every snippet of %s', (_, page) => {
  it('names the file it goes into', () => {
    expect(snippetsOf(page).size).toBe(page.match(/^```ts$/gm)?.length);
  });
});

describe('the snippets in their files', () => {
  let emulator: CohereEmulator;
  const snippets = new Map([...snippetsOf(readme), ...snippetsOf(recipes)]);

  beforeAll(async () => {
    emulator = await CohereEmulator.start();
    rmSync(folder, { recursive: true, force: true });
    for (const [file, code] of snippets) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), code);
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
        include: ['**/*.ts'],
      }),
    );
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    execFileSync(process.execPath, [compiler, '-p', folder], { stdio: 'inherit' });
  });

  afterAll(async () => {
    await emulator.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const environment = () => ({
    COHERE_API_KEY: emulator.keys.active,
    COHERE_BASE_URL: emulator.url,
    COHERE_EU_API_KEY: emulator.keys.active,
    COHERE_EU_BASE_URL: emulator.url,
  });

  /** An app with these providers beside CohereModule. */
  async function start(imports: readonly Type[], providers: readonly Type[] = []) {
    for (const [name, value] of Object.entries(environment())) {
      vi.stubEnv(name, value);
    }
    onTestFinished(() => void vi.unstubAllEnvs());
    class App {}
    Module({ imports: [CohereModule.forRootAsync(), ...imports], providers: [...providers] })(App);
    const app = await NestFactory.createApplicationContext(App, {
      logger: false,
      abortOnError: false,
    });
    onTestFinished(() => app.close());
    return app;
  }

  it('start an app that ranks', async () => {
    const app = spawn(process.execPath, ['--import', 'reflect-metadata', compiled('src/main.ts')], {
      cwd: folder,
      env: { PATH: process.env['PATH'], PORT: '0', ...environment() },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void app.kill('SIGKILL'));
    let output = '';
    app.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    await expect.poll(() => output, { timeout: 30_000 }).toContain('successfully started');
    const controller = await load('src/search.controller.ts', 'SearchController');
    const context = await start([], [controller]);
    const search: { search(query: string): Promise<unknown> } = context.get(controller);
    expect(await search.search('forgot my password')).toEqual([
      { document: 'How to reset your password', relevanceScore: expect.any(Number) },
      expect.anything(),
    ]);
  });

  it('degrade while Cohere is down, and say so', async () => {
    const DegradingSearch = await load('src/degrading-search.ts', 'DegradingSearch');
    const app = await start([], [DegradingSearch]);
    const search: { search(query: string, documents: string[]): Promise<unknown> } =
      app.get(DegradingSearch);
    emulator.fail({ kind: 'status', status: 500, message: 'down' }, { times: 3 });
    expect(await search.search('password', ['invoice', 'password'])).toMatchObject({
      notice: 'Sorted without Cohere (COHERE_UPSTREAM_ERROR).',
      results: [{ document: 'invoice' }, { document: 'password' }],
    });
  });

  it('rank the candidates of a vector store', async () => {
    const ArticleSearch = await load('src/article-search.ts', 'ArticleSearch');
    const search: { search(query: string): Promise<unknown> } = new ArticleSearch(
      {
        nearest: () =>
          Promise.resolve([
            { id: 1, title: 'Invoices', body: 'How to pay an invoice' },
            { id: 2, title: 'Passwords', body: 'How to reset your password' },
          ]),
      },
      (await start([])).get(RerankService),
    );
    expect(await search.search('reset my password')).toMatchObject({
      articles: [{ id: 2 }],
      rankedBy: 'relevance',
    });
  });

  it('start with a cache, with two regions, and with every controller', async () => {
    const app = await start(
      [
        await load('src/cached-search.module.ts', 'CachedSearchModule'),
        await load('src/two-regions.module.ts', 'RegionalModule'),
      ],
      [
        await load('src/tenant.controller.ts', 'TenantController'),
        await load('src/key.controller.ts', 'KeyController'),
        await load('src/nightly-ranking.ts', 'NightlyRanking'),
      ],
    );
    expect(await app.get(RerankService).checkKey()).toMatchObject({ verdict: 'valid' });
  });

  it('test against the emulator', () => {
    const { status } = spawnSync(process.execPath, [compiled('test/emulator.ts')]);
    expect(status).toBe(0);
  });
});

describe('the README', () => {
  it('is about a page', () => {
    expect(readme.split('\n').length).toBeLessThanOrEqual(190);
  });

  it('shows the boot report as it prints', async () => {
    const workingDirectory = emptyFolder();
    writeFileSync(
      join(workingDirectory, '.env'),
      `PORT=3000\nLOG_LEVEL=info\nCOHERE_API_KEY=Bearer ${CANARY}\n`,
    );
    const { output } = await runApp({ workingDirectory });
    const shown = /```text\n(?<report>COHERE_[\s\S]*?)\n```/.exec(readme)?.groups?.['report'];
    expect(shown).toBeDefined();
    expect(output).toContain(shown);
  });
});
