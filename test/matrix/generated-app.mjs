import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execute } from './execute.mjs';
import { CACHE, install, pack } from './install-nest.mjs';

const NPM_INSTALL = ['npm', 'install', '--no-audit', '--no-fund', '--loglevel=error'];
/** Of what `nest new` lists, what neither builds nor starts an app. */
const NOT_NEEDED = /eslint|jest|vitest|oxlint|prettier|supertest|coverage|mau|ts-node|ts-loader/;

/** Does what a new user does: nest new, npm install, nest add nestjs-cohere, and the step that it names. */
export async function generateApp({ nest }) {
  const cli = join(
    install(`nest-cli-${nest}`, { '@nestjs/cli': `^${nest}.0.0` }),
    'node_modules/@nestjs/cli/bin/nest.js',
  );
  const parent = join(CACHE, `generated-${nest}`);
  const folder = join(parent, 'app');
  rmSync(parent, { recursive: true, force: true });
  mkdirSync(parent, { recursive: true });
  const run = (command, cwd = folder) => execute(command, { cwd, mustSucceed: true });
  const options = ['--skip-install', '--skip-git', '--package-manager', 'npm'];
  await run([process.execPath, cli, 'new', 'app', ...options], parent);
  withoutTests(folder);
  const original = join(parent, 'original');
  cpSync(folder, original, { recursive: true });
  await run([...NPM_INSTALL, pack()]);
  const add = ['npx', 'nest', 'add', 'nestjs-cohere', '--skip-install'];
  const first = await run(add);
  await run(NPM_INSTALL);
  const again = await run(add);
  return {
    folder,
    said: first.output,
    saidAgain: again.output,
    read: (path) =>
      existsSync(join(folder, path)) ? readFileSync(join(folder, path), 'utf8') : '',
    write: (path, text) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    /** The app as `nest new` made it; what is installed stays. */
    reset: () => {
      rmSync(join(folder, 'src'), { recursive: true });
      rmSync(join(folder, 'dist'), { recursive: true, force: true });
      cpSync(join(original, 'src'), join(folder, 'src'), { recursive: true });
      return JSON.parse(readFileSync(join(original, 'package.json'), 'utf8'));
    },
  };
}

function withoutTests(folder) {
  const path = join(folder, 'package.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  const devDependencies = Object.entries(manifest.devDependencies);
  manifest.devDependencies = Object.fromEntries(
    devDependencies.filter(([name]) => !NOT_NEEDED.test(name)),
  );
  writeFileSync(path, JSON.stringify(manifest, undefined, 2));
  // It names the types of the test runner.
  const tsconfig = join(folder, 'tsconfig.json');
  writeFileSync(tsconfig, readFileSync(tsconfig, 'utf8').replace('"vitest/globals", ', ''));
}
