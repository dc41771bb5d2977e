// Builds dist/: npm run build, and npm run build:quick for one that TypeScript 7 compiles, in seconds.
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { build } from 'rolldown';
import { rollup } from 'rollup';

process.chdir(new URL('..', import.meta.url).pathname);
const compiler = process.argv.includes('--quick')
  ? ['node_modules/typescript-7/bin/tsc', '-p', 'tsconfig.json']
  : ['node_modules/@nestjs/cli/bin/nest.js', 'build'];

rmSync('.tmp/build', { recursive: true, force: true });
const { status } = spawnSync(process.execPath, compiler, { stdio: 'inherit' });
if (status !== 0) {
  process.exit(status ?? 1);
}
const { default: code } = await import('../rolldown.config.mjs');
const { default: types } = await import('../rollup.config.mjs');
rmSync('dist', { recursive: true, force: true });
await build(code);
chmodSync('dist/cli.js', 0o755);
const bundle = await rollup(types);
await Promise.all(types.output.map((output) => bundle.write(output)));
