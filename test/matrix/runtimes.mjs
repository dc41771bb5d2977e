import { join } from 'node:path';
import { install } from './install-nest.mjs';
import { execute } from './execute.mjs';

/** The command, as an array, that runs a JavaScript file on a Node major, on Deno or on Bun. */
export async function runtime(version) {
  if (version === 'deno') {
    const folder = install('deno', { deno: '^2.0.0' });
    return [
      join(folder, 'node_modules/.bin/deno'),
      'run',
      '--allow-all',
      '--node-modules-dir=manual',
    ];
  }
  if (version === 'bun') {
    return [join(install('bun', { bun: '^1.4.5' }), 'node_modules/.bin/bun'), '--bun'];
  }
  if (String(version) === process.versions.node.split('.')[0]) {
    return [process.execPath];
  }
  const { stdout } = await execute(['npx', '--yes', `node@${version}`, '-p', 'process.execPath'], {
    mustSucceed: true,
  });
  return [stdout.trim().split('\n').at(-1)];
}
