import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execute } from './execute.mjs';
import { installWithPnpm, CACHE } from './install-nest.mjs';

const SOURCE = fileURLToPath(new URL('./app/', import.meta.url));

/** Packages that Nest itself requires only where an app has them; a bundler is told so in every Nest app. */
const OPTIONAL_OF_NEST =
  /^(?:@nestjs\/(?:microservices|websockets)(?:\/.*)?|class-validator|class-transformer)$/;

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
  if (cell.build === 'esbuild' || cell.build === 'webpack') {
    // Where no node_modules is in reach: the file is all there is.
    const alone = join(CACHE, 'alone', slug);
    rmSync(alone, { recursive: true, force: true });
    mkdirSync(alone, { recursive: true });
    const bundle = cell.build === 'esbuild' ? bundleWithEsbuild : bundleWithWebpack;
    for (const name of ['main', 'unit']) {
      await bundle({
        nestFolder,
        from: join(compiled, `${name}.js`),
        to: join(alone, `${name}.cjs`),
      });
    }
    return { folder: alone, files: filesOf(alone, 'cjs') };
  }
  if (cell.installer === 'pnpm') {
    const strict = installWithPnpm();
    cpSync(compiled, join(strict, 'dist'), { recursive: true });
    return { folder: strict, files: filesOf(join(strict, 'dist'), 'js') };
  }
  return { folder, files: filesOf(compiled, 'js') };
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

function filesOf(folder, extension) {
  const file = (name) => join(folder, `${name}.${extension}`);
  return { main: file('main'), unit: file('unit'), health: file('health') };
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

async function bundleWithEsbuild({ nestFolder, from, to }) {
  const esbuild = createRequire(join(nestFolder, 'package.json'))('esbuild');
  await esbuild.build({
    entryPoints: [from],
    outfile: to,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'silent',
    plugins: [
      {
        name: 'optional-of-nest',
        setup: (build) => {
          build.onResolve({ filter: OPTIONAL_OF_NEST }, ({ path, importer }) =>
            importer.includes('/@nestjs/') ? { path, external: true } : undefined,
          );
        },
      },
    ],
  });
}

function bundleWithWebpack({ nestFolder, from, to }) {
  const webpack = createRequire(join(nestFolder, 'package.json'))('webpack');
  const compiler = webpack({
    entry: from,
    output: { path: dirname(to), filename: basename(to) },
    target: 'node20',
    mode: 'none',
    devtool: false,
    externalsType: 'node-commonjs',
    externals: [
      ({ request, context }, callback) =>
        OPTIONAL_OF_NEST.test(request) && context.includes('/@nestjs/')
          ? callback(null, request)
          : callback(),
    ],
  });
  return new Promise((resolve, reject) => {
    compiler.run((error, stats) => {
      const problems = stats?.toJson({ all: false, errors: true }).errors ?? [];
      if (error || problems.length > 0) {
        reject(error ?? new Error(problems.map(({ message }) => message).join('\n\n')));
      } else {
        resolve();
      }
    });
  });
}
