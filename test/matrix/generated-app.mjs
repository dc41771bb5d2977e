import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execute } from './execute.mjs';
import { install, installNest } from './install-nest.mjs';

/** What `nest new` and then `nest add nestjs-cohere` make, built. The packages are those of the folder above. */
export async function generateApp({ nest, language = [] }) {
  const cli = join(
    install(`nest-cli-${nest}`, { '@nestjs/cli': `^${nest}.0.0` }),
    'node_modules/@nestjs/cli/bin/nest.js',
  );
  const nestFolder = installNest(nest);
  const apps = join(nestFolder, 'apps');
  const folder = join(apps, 'generated');
  mkdirSync(apps, { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  await execute(
    [
      process.execPath,
      cli,
      'new',
      'generated',
      '--skip-install',
      '--skip-git',
      '--package-manager',
      'npm',
      ...language,
    ],
    { cwd: apps, mustSucceed: true },
  );
  const add = [process.execPath, cli, 'add', 'nestjs-cohere', '--skip-install'];
  const first = await execute(add, { cwd: folder, mustSucceed: true });
  const again = await execute(add, { cwd: folder, mustSucceed: true });
  const tsc = join(nestFolder, 'node_modules/typescript/bin/tsc');
  await execute([process.execPath, tsc, '-p', 'tsconfig.build.json'], {
    cwd: folder,
    mustSucceed: true,
  });
  return {
    folder,
    said: first.output,
    saidAgain: again.output,
    files: { main: join(folder, 'dist/main.js') },
    read: (path) =>
      existsSync(join(folder, path)) ? readFileSync(join(folder, path), 'utf8') : '',
  };
}
