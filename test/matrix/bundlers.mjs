import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { install } from './install-nest.mjs';

const PACKAGES = {
  esbuild: 'esbuild',
  webpack: 'webpack',
  rspack: '@rspack/core',
  rolldown: 'rolldown',
  ncc: '@vercel/ncc',
};

export const BUNDLERS = Object.keys(PACKAGES);

/** Packages that Nest itself loads only where an app has or uses them; a bundler is told so in every Nest app. */
const OPTIONAL_OF_NEST =
  /^(?:@nestjs\/(?:microservices|websockets)(?:\/.*)?|class-validator|class-transformer|file-type)$/;

/** Packages in ESM that require others of CommonJS find no `require` in a file of ESM, whoever writes it. */
const REQUIRE_IN_ESM = `import { createRequire as requireFrom } from 'node:module';
const require = requireFrom(import.meta.url);`;

/** Makes one file of `from` and all it loads, with no settings but those that every Nest app needs. */
export function bundle(bundler, { from, to, format }) {
  const bundlers = install('bundlers', {
    esbuild: '^0.28.0',
    webpack: '^5.113.0',
    '@rspack/core': '^2.3.0',
    rolldown: '^1.2.0',
    '@vercel/ncc': '^0.45.0',
  });
  const api = createRequire(join(bundlers, 'package.json'))(PACKAGES[bundler]);
  return WAYS[bundler](api, { from, to, format });
}

const WAYS = {
  esbuild: (esbuild, { from, to, format }) =>
    esbuild.build({
      entryPoints: [from],
      outfile: to,
      bundle: true,
      platform: 'node',
      format,
      logLevel: 'silent',
      banner: format === 'esm' ? { js: REQUIRE_IN_ESM } : {},
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
    }),
  webpack: (webpack, options) => bundleWithWebpack(webpack, options),
  rspack: ({ rspack }, options) => bundleWithWebpack(rspack, options),
  rolldown: async ({ rolldown }, { from, to, format }) => {
    const build = await rolldown({
      input: from,
      platform: 'node',
      external: (id, importer) =>
        OPTIONAL_OF_NEST.test(id) && importer?.includes('/@nestjs/') === true,
      logLevel: 'silent',
    });
    await build.write({ file: to, format, codeSplitting: false });
    await build.close();
  },
  ncc: async (ncc, { from, to, format }) => {
    const { code, assets } = await ncc(from, { cache: false, quiet: true, esm: format === 'esm' });
    for (const [name, { source }] of Object.entries(assets)) {
      const path = join(dirname(to), name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, source);
    }
    writeFileSync(to, code);
  },
};

function bundleWithWebpack(webpack, { from, to, format }) {
  const esm = format === 'esm';
  const compiler = webpack({
    entry: from,
    output: {
      path: dirname(to),
      filename: basename(to),
      ...(esm ? { module: true, chunkFormat: 'module', library: { type: 'module' } } : {}),
    },
    experiments: esm ? { outputModule: true } : {},
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
