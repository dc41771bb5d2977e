import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundlers.mjs';
import { execute } from './execute.mjs';
import { installWithPnpm, CACHE } from './install-nest.mjs';

const SOURCE = fileURLToPath(new URL('./app/', import.meta.url));

/**
 * Writes the app of a cell beside the node_modules of its Nest major, and builds it.
 *
 * @returns the folder, and the files to run: `main`, `unit` and `health`
 */
export async function buildApp(cell, nestFolder) {
  const slug = cell.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const folder = join(nestFolder, 'apps', slug);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(SOURCE, folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: slug, type: cell.type }));
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  await (cell.build === 'swc' ? compileWithSwc(folder) : compileWithTypeScript(folder, nestFolder));
  const compiled = join(folder, 'dist');
  if (cell.bundler !== undefined) {
    await moveToLibrary(folder, nestFolder, cell.type);
    // Where no node_modules is in reach: the file is all there is.
    const alone = join(CACHE, 'alone', slug);
    rmSync(alone, { recursive: true, force: true });
    const format = cell.type === 'module' ? 'esm' : 'cjs';
    const files = {};
    for (const name of ['main', 'unit']) {
      // A folder each, for the further files of ncc.
      files[name] = join(alone, name, format === 'esm' ? 'index.mjs' : 'index.cjs');
      mkdirSync(join(alone, name), { recursive: true });
      await bundle(cell.bundler, { from: join(compiled, `${name}.js`), to: files[name], format });
    }
    return { folder: alone, files };
  }
  if (cell.installer === 'pnpm') {
    const strict = installWithPnpm();
    cpSync(compiled, join(strict, 'dist'), { recursive: true });
    return { folder: strict, files: filesOf(join(strict, 'dist')) };
  }
  return { folder, files: filesOf(compiled) };
}

const TSCONFIG = {
  compilerOptions: {
    module: 'nodenext',
    target: 'ES2023',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    skipLibCheck: true,
    rootDir: 'src',
    outDir: 'dist',
  },
  include: ['src'],
};

function filesOf(folder) {
  const file = (name) => join(folder, `${name}.js`);
  return { main: file('main'), unit: file('unit'), health: file('health') };
}

/** The service becomes a library of the workspace that is compiled to the module format the app is not in. */
async function moveToLibrary(folder, nestFolder, type) {
  const library = join(folder, 'library');
  mkdirSync(join(library, 'src'), { recursive: true });
  cpSync(join(folder, 'src/search.service.ts'), join(library, 'src/search.service.ts'));
  const other = type === 'module' ? 'commonjs' : 'module';
  writeFileSync(join(library, 'package.json'), JSON.stringify({ name: 'library', type: other }));
  writeFileSync(join(library, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  await compileWithTypeScript(library, nestFolder);
  const path = '../library/dist/search.service.js';
  writeFileSync(
    join(folder, 'dist/search.service.js'),
    type === 'module'
      ? `export { SearchService } from '${path}';\n`
      : `exports.SearchService = require('${path}').SearchService;\n`,
  );
}

async function compileWithTypeScript(folder, nestFolder) {
  const tsc = join(nestFolder, 'node_modules/typescript/bin/tsc');
  await execute([process.execPath, tsc, '-p', 'tsconfig.json'], { cwd: folder, mustSucceed: true });
}

async function compileWithSwc(folder) {
  const swc = createRequire(join(folder, 'package.json'))('@swc/core');
  mkdirSync(join(folder, 'dist'));
  for (const file of readdirSync(join(folder, 'src'))) {
    const { code } = await swc.transformFile(join(folder, 'src', file), SWC);
    writeFileSync(join(folder, 'dist', `${basename(file, '.ts')}.js`), code);
  }
}

export const SWC = {
  module: { type: 'commonjs' },
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  },
};
