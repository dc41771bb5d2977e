import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The packed tarball, unpacked beside the peers this repository has installed. */
function installTarball(): string {
  const consumer = mkdtempSync(join(tmpdir(), 'nestjs-cohere-consumer-'));
  const modules = join(consumer, 'node_modules');
  mkdirSync(join(modules, 'nestjs-cohere'), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  const packed = execFileSync(
    'npm',
    ['pack', '--ignore-scripts', '--silent', '--pack-destination', consumer],
    { cwd: root, encoding: 'utf8' },
  ).trim();
  execFileSync('tar', [
    '-xzf',
    join(consumer, packed),
    '--strip-components=1',
    '-C',
    join(modules, 'nestjs-cohere'),
  ]);
  return consumer;
}

describe('the packed tarball', () => {
  let consumer = '';
  const run = (file: string, source: string): string => {
    writeFileSync(join(consumer, file), source);
    return execFileSync(process.execPath, [file], { cwd: consumer, encoding: 'utf8' }).trim();
  };

  beforeAll(() => {
    consumer = installTarball();
  });

  it('gives import and require one and the same module, for every entry', () => {
    const output = run(
      'same.mjs',
      `import { createRequire } from 'node:module';
       import 'reflect-metadata';
       const require = createRequire(import.meta.url);
       for (const entry of ['nestjs-cohere', 'nestjs-cohere/testing', 'nestjs-cohere/terminus']) {
         const imported = await import(entry);
         const names = Object.keys(imported);
         console.log(names.length > 0 && names.every((name) => imported[name] === require(entry)[name]));
       }`,
    );
    expect(output.split('\n')).toEqual(['true', 'true', 'true']);
  });

  it('loads from the require condition alone, as Jest and old bundlers do', () => {
    const output = run(
      'old.cjs',
      `require('reflect-metadata');
       const { CohereModule } = require('./node_modules/nestjs-cohere/dist/cjs/index.js');
       console.log(typeof CohereModule.forRootAsync);`,
    );
    expect(output).toBe('function');
  });

  it('recognises the errors of its other copy', () => {
    const output = run(
      'copies.mjs',
      `import 'reflect-metadata';
       import { createRequire } from 'node:module';
       import { AuthenticationError, ConfigurationError, DiagnosedError } from 'nestjs-cohere';
       const copy = createRequire(import.meta.url)('./node_modules/nestjs-cohere/dist/cjs/index.js');
       const error = new copy.AuthenticationError({ code: 'COHERE_API_KEY_MISSING', title: 'x' });
       console.log(
         copy.AuthenticationError !== AuthenticationError,
         error instanceof AuthenticationError,
         error instanceof DiagnosedError,
         error instanceof ConfigurationError,
       );`,
    );
    expect(output).toBe('true true true false');
  });

  it('does not load the SDK when it is imported', () => {
    const output = run(
      'lazy.mjs',
      `import { createRequire } from 'node:module';
       import 'reflect-metadata';
       import 'nestjs-cohere';
       const files = Object.keys(createRequire(import.meta.url).cache);
       console.log(files.filter((file) => file.includes('cohere-ai')).length);`,
    );
    expect(output).toBe('0');
  });

  // A server of its own, because the emulator's entry loads all of undici.
  const RERANK = `
    import { createServer } from 'node:http';
    import { createRequire } from 'node:module';
    import 'reflect-metadata';
    import { NestFactory } from '@nestjs/core';
    import { CohereModule, RerankService } from 'nestjs-cohere';
    const server = createServer((request, response) =>
      request.resume().on('end', () => {
        const results = [{ index: 1, relevance_score: 0.9 }, { index: 0, relevance_score: 0.1 }];
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ valid: true, id: 'one', results, meta: {} }));
      }),
    );
    await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
    const app = await NestFactory.createApplicationContext(
      CohereModule.forRoot({
        apiKey: 'tarball000000000000000000000000000000000',
        baseUrl: 'http://127.0.0.1:' + server.address().port,
      }),
      { logger: false },
    );
    const documents = ['Paris', 'a capital'];
    const { results } = await app.get(RerankService).rerank({ query: 'capital', documents });
    const files = Object.keys(createRequire(import.meta.url).cache);
    const ofUndici = files.filter((file) => /undici.lib/.test(file));
    console.log(results[0].index, ofUndici.length > 40 ? 'all of undici' : 'a part of undici');
    await app.close();
    server.close();`;

  it('reranks with the few files of undici that it needs', () => {
    expect(run('rerank.mjs', RERANK)).toBe('1 a part of undici');
  });

  it('reranks with an undici whose files are somewhere else', () => {
    const undici = join(consumer, 'node_modules/undici');
    rmSync(undici);
    mkdirSync(undici);
    writeFileSync(
      join(undici, 'package.json'),
      JSON.stringify({ name: 'undici', version: '7.99.0', exports: { '.': './entry.js' } }),
    );
    writeFileSync(
      join(undici, 'entry.js'),
      `module.exports = require(${JSON.stringify(join(root, 'node_modules/undici'))});`,
    );
    expect(run('moved.mjs', RERANK)).toBe('1 all of undici');
  });

  const loadedBy = (folder: string, file: string): string[] =>
    [
      ...readFileSync(join(consumer, 'node_modules/nestjs-cohere', folder, file), 'utf8').matchAll(
        /^(?:import .*|export .*|const .* = require\(|let .* = require\()"\.\/(.*\.js)"/gm,
      ),
    ].map(([, loaded = '']) => loaded);

  it.each(['dist', 'dist/cjs'])('has no import cycle in %s', (folder) => {
    const visit = (file: string, path: readonly string[]): void => {
      expect(path).not.toContain(file);
      for (const loaded of loadedBy(folder, file)) {
        visit(loaded, [...path, file]);
      }
    };
    const entries = ['index.js', 'testing.js', 'terminus.js'];

    expect(loadedBy(folder, 'index.js').length).toBeGreaterThan(1);
    for (const entry of entries) {
      visit(entry, []);
    }
  });

  // 18 files cost each boot 12 ms of CPU more than these.
  it.each(['dist', 'dist/cjs'])('loads few files of %s in a boot', (folder) => {
    const loaded = new Set(['index.js']);
    for (const file of loaded) {
      for (const other of loadedBy(folder, file)) {
        loaded.add(other);
      }
    }
    expect(loaded.size).toBeLessThanOrEqual(6);
  });

  it('holds nothing but the build, the licence, the readme and the manifest', () => {
    const files = readdirSync(join(consumer, 'node_modules/nestjs-cohere'));
    expect(files.toSorted()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
  });
});
