import { readFileSync } from 'node:fs';
import { rolldown } from 'rolldown';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/**
 * Writes the entries as ESM to dist/ and as CommonJS to dist/cjs/, with shared chunks. Whatever is not a relative
 * import stays an import.
 */
export async function bundleCode({ compiled, dist, entries, cli }) {
  const inputs = mapValues(entries, (file) => `${compiled}/${file}.js`);
  // The command line is started, never required.
  await bundle({ ...inputs, cli: `${compiled}/${cli}.js` }, 'esm', dist);
  await bundle(inputs, 'cjs', `${dist}/cjs`);
}

async function bundle(input, format, dir) {
  const build = await rolldown({
    input,
    external: /^[^./]/,
    platform: 'node',
    preserveEntrySignatures: 'exports-only',
    onLog: (level, log) => {
      if (level === 'warn') {
        throw new Error(log.message);
      }
    },
    plugins: [optionalRequires],
  });
  await build.write({
    dir,
    format,
    // Jest cannot run import() in CommonJS.
    dynamicImportInCjs: false,
    // The tarball has a budget of 200 kB. Node runs the ESM: it keeps its lines and its names of functions and classes,
    // which are what a stack shows. CommonJS is for Jest and bundlers.
    minify: {
      compress: format === 'cjs',
      mangle: { toplevel: false },
      codegen: { removeWhitespace: format === 'cjs' },
    },
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    // The comments for readers are in the types.
    comments: { jsdoc: false },
    codeSplitting: { groups: chunks(input) },
  });
  await build.close();
}

/**
 * What a boot loads besides its entry: `base` (which loads no package), `core` (no Nest), and `module`. The first
 * two are what the command line has in common with it. What is only imported with `import()` stays out. A group takes
 * along what its modules import, unless a group before it has taken that.
 */
function chunks(input) {
  const everything = { dynamic: true };
  return [
    group(
      'base',
      (reached, { packages }) => reached('index') && reached('cli', everything) && packages === 0,
    ),
    group('core', (reached) => reached('index') && reached('cli', everything)),
    group('module', (reached) => reached('index')),
    group('emulator-server', (reached) => reached('testing') && reached('cli', everything)),
    group('commands', (reached) => reached('cli')),
  ].map((one, index, groups) => ({ ...one, priority: groups.length - index }));

  function group(name, includes) {
    const reach = new Map();
    const closure = (start, context, options) => {
      const key = JSON.stringify([start, options]);
      if (!reach.has(key)) {
        reach.set(key, reachable(start, context, options));
      }
      return reach.get(key);
    };
    return {
      debugName: name,
      name: (id, context) => {
        if (Object.values(input).includes(id)) {
          return null;
        }
        const reached = (entry, options) =>
          input[entry] !== undefined && closure(input[entry], context, options).has(id);
        const packages = [...closure(id, context)].filter((other) => isPackage(other)).length;
        return includes(reached, { packages }) ? name : null;
      },
    };
  }
}

function isPackage(id) {
  return /^[^./]/.test(id) && !id.startsWith('node:');
}

function reachable(entry, context, { dynamic = false } = {}) {
  const found = new Set();
  const pending = [entry];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (!found.has(id)) {
      found.add(id);
      const module = context.getModuleInfo(id);
      pending.push(
        ...(module?.importedIds ?? []),
        ...(dynamic ? (module?.dynamicallyImportedIds ?? []) : []),
      );
    }
  }
  return found;
}

/**
 * A package that the app may not have is imported inside a `try`. In CommonJS the bundler writes that as
 * `Promise.resolve().then(() => require('x'))`, and esbuild and webpack then fail on a missing package, because
 * the function hides the `try` from them. Inside a `try` of its own they leave it alone.
 */
const optionalRequires = {
  name: 'optional-requires',
  renderChunk(code, _chunk, { format }) {
    return format === 'cjs'
      ? code.replaceAll(REQUIRED_LATER, (whole, required, name) =>
          OPTIONAL_PEERS.has(name)
            ? `.then(() => { try { return ${required}; } catch (error) { throw error; } })`
            : whole,
        )
      : null;
  },
};

const REQUIRED_LATER =
  /\.then\(\(\) => ((?:\/\* @__PURE__ \*\/ __toESM\()?require\("([^"]+)"\)(?:, 1\))?)\)/g;

const OPTIONAL_PEERS = new Set(
  Object.entries(manifest.peerDependenciesMeta)
    .filter(([, { optional }]) => optional)
    .map(([name]) => name),
);

function mapValues(object, map) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}
