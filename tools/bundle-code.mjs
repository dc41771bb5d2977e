import { cpSync, readFileSync } from 'node:fs';
import { rolldown } from 'rolldown';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/**
 * Writes the entries as ESM to dist/ and as CommonJS to dist/cjs/, with shared chunks. Whatever is not a relative
 * import stays an import.
 *
 * Both forms have the same chunks, none larger than the 32 kB that gzip looks back, and npm packs files of one name
 * side by side: so the second form adds little to the tarball, and both can be read.
 */
export async function bundleCode({ compiled, dist, entries, cli }) {
  const input = mapValues({ ...entries, cli }, (file) => `${compiled}/${file}.js`);
  await bundle(input, 'esm', dist, []);
  // The command line is started, never required.
  await bundle(input, 'cjs', `${dist}/cjs`, [onlyWhatIsReachedFrom(Object.keys(entries))]);
}

/** What `nest add` runs: one CommonJS file. */
export async function bundleSchematics({ from, dist }) {
  const build = await rolldown({
    input: `${from}/nest-add/index.cjs`,
    external: /^node:/,
    platform: 'node',
  });
  await build.write({ file: `${dist}/nest-add/index.cjs`, format: 'cjs', minify: false });
  await build.close();
  for (const file of ['collection.json', 'nest-add/schema.json']) {
    cpSync(`${from}/${file}`, `${dist}/${file}`);
  }
}

async function bundle(input, format, dir, plugins) {
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
    plugins: [optionalRequires, ascii, ...plugins],
  });
  await build.write({
    dir,
    format,
    // Jest cannot run import() in CommonJS.
    dynamicImportInCjs: false,
    minify: false,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    // The comments for readers are in the types.
    comments: { jsdoc: false },
    codeSplitting: { groups: groups(input) },
  });
  await build.close();
}

/**
 * What a boot loads besides its entry: `base` (which loads no package), `core` (no Nest), and `module`. The first
 * two are what the command line has in common with it. What is only imported with `import()` stays out.
 */
function groups(input) {
  let chunks;
  // A group takes along what its modules import, unless a group before it has taken that: dependencies come first.
  return TIERS.flatMap((tier) => NUMBERS.map((number) => chunkName(tier, number))).map(
    (name, index, names) => ({
      name: (id, context) => {
        chunks ??= assignChunks(input, context);
        return chunks.get(id) === name ? name : null;
      },
      debugName: name,
      priority: names.length - index,
    }),
  );
}

const TIERS = ['base', 'core', 'module', 'emulator-server', 'commands'];
/** More chunks than a tier will ever have. */
const NUMBERS = Array.from({ length: 12 }, (_, index) => index + 1);

function chunkName(tier, number) {
  return number === 1 ? tier : `${tier}-${number}`;
}

const MAX_CHUNK_BYTES = 34_000;

/** Dependencies come first, and a chunk takes what follows: so no two chunks import each other. */
function assignChunks(input, context) {
  const all = (entry) => new Set(reachable(input[entry], context, { dynamic: true }));
  const boot = new Set(reachable(input.index, context));
  const testing = new Set(reachable(input.testing, context));
  const cli = all('cli');
  const later = all('index');
  const tierOf = (id) => {
    if (boot.has(id)) {
      const packages = reachable(id, context).some((other) => isPackage(other));
      return cli.has(id) ? (packages ? 'core' : 'base') : 'module';
    }
    if (testing.has(id)) {
      return cli.has(id) ? 'emulator-server' : undefined;
    }
    // What an app loads when it first needs it would bring the command line along.
    if (later.has(id)) {
      return undefined;
    }
    // The doctor reads the configuration as the module does, with Joi; the other commands load no package.
    return cli.has(id) && !reachable(id, context).some((other) => isPackage(other))
      ? 'commands'
      : undefined;
  };
  const chunks = new Map();
  const sizes = new Map();
  const inOrder = new Set(Object.keys(input).flatMap((entry) => [...all(entry)]));
  for (const id of inOrder) {
    const tier = tierOf(id);
    if (
      tier !== undefined &&
      !isPackage(id) &&
      !id.startsWith('node:') &&
      !Object.values(input).includes(id)
    ) {
      const { count = 1, bytes = 0 } = sizes.get(tier) ?? {};
      const size = withoutComments(context.getModuleInfo(id).code).length;
      const next = bytes + size > MAX_CHUNK_BYTES && bytes > 0 ? count + 1 : count;
      sizes.set(tier, { count: next, bytes: next === count ? bytes + size : size });
      chunks.set(id, chunkName(tier, next));
    }
  }
  return chunks;
}

function withoutComments(code) {
  return (code ?? '').replaceAll(/^\s*\/\*\*?[^]*?\*\/\n/gm, '').replaceAll(/^\s*\/\/.*\n/gm, '');
}

function isPackage(id) {
  return /^[^./]/.test(id) && !id.startsWith('node:');
}

/** The modules that a module loads, dependencies first, itself last. */
function reachable(entry, context, { dynamic = false } = {}) {
  const found = new Set();
  const seen = new Set();
  const visit = (id) => {
    if (!seen.has(id)) {
      seen.add(id);
      const module = context.getModuleInfo(id);
      for (const next of module?.importedIds ?? []) {
        visit(next);
      }
      for (const next of dynamic ? (module?.dynamicallyImportedIds ?? []) : []) {
        visit(next);
      }
      found.add(id);
    }
  };
  visit(entry);
  return [...found];
}

/** Leaves out the chunks that only other entries load. */
function onlyWhatIsReachedFrom(entries) {
  return {
    name: 'only-what-is-reached',
    generateBundle(_options, files) {
      const pending = entries.map((entry) => `${entry}.js`);
      const kept = new Set();
      for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
        if (!kept.has(file) && files[file] !== undefined) {
          kept.add(file);
          pending.push(...files[file].imports, ...files[file].dynamicImports);
        }
      }
      for (const file of Object.keys(files).filter((name) => !kept.has(name))) {
        delete files[file];
      }
    },
  };
}

/**
 * A package that the app may not have is imported inside a `try`. In CommonJS the bundler writes that as
 * `Promise.resolve().then(() => require('x'))`, and esbuild and webpack then fail on a missing package, because
 * the function hides the `try` from them. Inside a `try` of its own they leave it alone.
 */
const optionalRequires = {
  name: 'optional-requires',
  renderChunk(code, _chunk, { format }) {
    if (format !== 'cjs') {
      return null;
    }
    const tried = code.replaceAll(REQUIRED_LATER, (whole, required, name) =>
      OPTIONAL_PEERS.has(name)
        ? `.then(() => { try { return ${required}; } catch (error) { return Promise.reject(error); } })`
        : whole,
    );
    const [untried] =
      tried.match(/.*=> (?!\{).*require\("[^"]+"\).*/g)?.filter(mentionsOptionalPeer) ?? [];
    if (untried !== undefined) {
      throw new Error(`An optional peer is required outside a try: ${untried}`);
    }
    return tried;
  },
};

const REQUIRED_LATER =
  /\.then\(\(\) => ((?:\/\* @__PURE__ \*\/ )?(?:[\w.]+\()?require\("([^"]+)"\)(?:, 1\))?)\)/g;

const OPTIONAL_PEERS = new Set(
  Object.entries(manifest.peerDependenciesMeta)
    .filter(([, { optional }]) => optional)
    .map(([name]) => name),
);

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

function mentionsOptionalPeer(line) {
  return [...OPTIONAL_PEERS].some(
    (name) => line.includes(`require("${name}")`) && !line.includes('{ try {'),
  );
}

function mapValues(object, map) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}
