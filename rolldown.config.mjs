// From .tmp/build/, one file per source file, to dist/, a few: a boot that loads 160 small files is 90 ms slower.
import { cpSync, writeFileSync } from 'node:fs';
import { defineConfig } from 'rolldown';

const compiled = './.tmp/build';

/** The subpaths of the package, and the files that hold their exports. */
export const ENTRIES = {
  index: `${compiled}/index`,
  terminus: `${compiled}/health/index`,
  testing: `${compiled}/testing/index`,
};

/**
 * V8 holds a source of ASCII in one byte per character, and any other in two: with the typographic quotes of our
 * messages an app took 4 MB more. Such characters stand in texts, regular expressions and comments only.
 */
const ascii = {
  name: 'ascii',
  renderChunk: (code) =>
    code.replaceAll(
      /[^\0-\x7f]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
};

/**
 * In CommonJS an `import('x')` becomes `.then(() => require('x'))`, and esbuild and webpack then fail where a package
 * is missing, because the function hides the `try` around it. A `try` of its own tells them that it may be.
 */
const optionalRequires = {
  name: 'optional-requires',
  renderChunk: (code) =>
    code.replaceAll(
      /\.then\(\(\) => ((?:\/\* @__PURE__ \*\/ )?(?:[\w.]+\()?require\("[^".][^"]*"\)(?:, 1\))?)\)/g,
      '.then(() => { try { return $1; } catch (error) { throw error; } })',
    ),
};

const emitted = (write) => ({ name: 'emitted', writeBundle: write });

const shared = {
  external: /^[^./]/,
  platform: 'node',
  onLog: (level, { message }) => {
    if (level === 'warn') {
      throw new Error(message);
    }
  },
};

/**
 * The files that the entries share, in few chunks: each one costs a boot half a millisecond and more. `doctor` loads
 * `diagnosis` and `config`, and `explain` no joi.
 */
const chunks = Object.entries({
  diagnosis:
    /\/build\/(?:diagnosis\/(?!render\/render-error-page|response-rules|classify-response|sdk-error|diagnose\.|read-reply)|config\/(?:closest-name|api-key\/secret)\.|rerank\/rerank-operation\.)/,
  config: /\/build\/(?:config\/(?!cohere)|transport\/(?:key-facts|proxy\/proxy-variables)\.)/,
  responses: /\/build\/diagnosis\/(?!render)/,
  transport:
    /\/build\/(?:transport\/(?!client\/|proxy\/connect|connection-pool|dialer)|rerank\/rerank-(?:proof|endpoint)\.)/,
  rerank: /\/build\/rerank\//,
}).map(([name, test]) => ({ name, test }));

const output = {
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  minifyInternalExports: false,
  // It would print the texts anew, and not in ASCII.
  minify: false,
  // The comments for readers are in the types.
  comments: { jsdoc: false },
};

const input = Object.fromEntries(
  Object.entries(ENTRIES).map(([name, file]) => [name, `${file}.js`]),
);

export default defineConfig([
  {
    ...shared,
    input: { ...input, cli: `${compiled}/cli/main.js` },
    plugins: [ascii],
    output: { ...output, dir: 'dist', format: 'esm', codeSplitting: { groups: chunks } },
  },
  {
    ...shared,
    input,
    plugins: [
      ascii,
      optionalRequires,
      // Node reads it to know that dist/cjs is not ESM.
      emitted(() => writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n')),
    ],
    // Jest cannot run import() in CommonJS.
    output: { ...output, dir: 'dist/cjs', format: 'cjs', dynamicImportInCjs: false },
  },
  {
    ...shared,
    // What `nest add` runs.
    input: './schematics/nest-add/index.cjs',
    plugins: [
      emitted(() => {
        for (const file of ['collection.json', 'nest-add/schema.json']) {
          cpSync(`schematics/${file}`, `dist/schematics/${file}`);
        }
      }),
    ],
    output: { file: 'dist/schematics/nest-add/index.cjs', format: 'cjs' },
  },
]);
