// Builds dist/: npm run build, and npm run build:quick for a fast one that is not for publishing.
//
//   lib/ -> .tmp/build/   compiled, one file per source file (nest build; quick: TypeScript 7)
//   .tmp/build/ -> dist/  one file per entry and a few shared ones: a boot that loads 160 small files is 90 ms slower
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleCode, bundleSchematics } from './bundle-code.mjs';
import { bundleTypes, referToTypes } from './bundle-types.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiled = `${root}.tmp/build`;
const dist = `${root}dist`;
const quick = process.argv.includes('--quick');

/** Subpath, without the leading `./`, to the file that holds its exports. */
const ENTRIES = { index: 'index', terminus: 'health/index', testing: 'testing/index' };

compile();
rmSync(dist, { recursive: true, force: true });
await bundleCode({ compiled, dist, entries: ENTRIES, cli: 'cli/main' });
chmodSync(`${dist}/cli.js`, 0o755);
await bundleSchematics({ from: `${root}schematics`, dist: `${dist}/schematics` });
if (quick) {
  referToTypes({ compiled, dist, entries: ENTRIES });
} else {
  bundleTypes({ compiled, dist, entries: ENTRIES });
}
// Last, because its time is what tells whether the build is stale. Node reads it to know that dist/cjs is not ESM.
mkdirSync(`${dist}/cjs`, { recursive: true });
writeFileSync(`${dist}/cjs/package.json`, '{ "type": "commonjs" }\n');

function compile() {
  const command = quick
    ? ['node_modules/typescript-7/bin/tsc', '-p', 'tsconfig.json']
    : ['node_modules/@nestjs/cli/bin/nest.js', 'build'];
  if (quick) {
    rmSync(compiled, { recursive: true, force: true });
  }
  const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    process.exit(status ?? 1);
  }
}
