import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Not inside the repository, whose node_modules every folder below it sees. One place per checkout, so that what is
 * installed once serves the next run.
 */
export const CACHE = join(
  tmpdir(),
  `nestjs-cohere-matrix-${createHash('sha256').update(root).digest('hex').slice(0, 8)}`,
);

const PACKAGE = 'nestjs-cohere';
const NPM_INSTALL = ['npm', 'install', '--no-audit', '--no-fund', '--loglevel=error'];
const PNPM_INSTALL = ['npx', '--yes', 'pnpm@9', 'install', '--config.hoist=false', '--silent'];

const ANY_APP = {
  joi: '^18.3.2',
  'reflect-metadata': '^0.2.2',
  rxjs: '^7.8.2',
  pino: '^10.4.0',
  winston: '^3.19.0',
  '@swc/core': '^1.13.0',
  '@types/node': '^20.19.43',
  'undici-6': 'npm:undici@^6.0.0',
  'undici-7': 'npm:undici@^7.0.0',
  'undici-8': 'npm:undici@^8.0.0',
};

const APPS = {
  11: {
    '@nestjs/common': '^11.0.0',
    '@nestjs/config': '^4.0.0',
    '@nestjs/core': '^11.0.0',
    '@nestjs/platform-express': '^11.0.0',
    '@nestjs/terminus': '^11.0.0',
    '@nestjs/testing': '^11.0.0',
    '@swc/jest': '^0.2.39',
    '@types/jest': '^30.0.0',
    jest: '^30.0.0',
    'ts-jest': '^29.4.0',
    typescript: '^5.9.0',
    ...ANY_APP,
  },
  12: {
    '@nestjs/common': '^12.0.0',
    '@nestjs/config': '^12.0.0',
    '@nestjs/core': '^12.0.0',
    '@nestjs/platform-express': '^12.0.0',
    '@nestjs/terminus': '^12.0.0',
    '@nestjs/testing': '^12.0.0',
    typescript: '^6.0.3',
    vitest: '^4.1.12',
    ...ANY_APP,
  },
};

const PNPM_APP = {
  '@nestjs/common': '^12.0.0',
  '@nestjs/config': '^12.0.0',
  '@nestjs/core': '^12.0.0',
  '@nestjs/platform-express': '^12.0.0',
  '@nestjs/testing': '^12.0.0',
  joi: '^18.3.2',
  'reflect-metadata': '^0.2.2',
  rxjs: '^7.8.2',
};

/**
 * A folder whose node_modules holds Nest of that major, what its apps usually have, and this package as npm would
 * install it: packed from dist/ as it is now. The first call installs; later ones only replace the package.
 *
 * Its package.json has no `type`: put apps into sub-folders with one of their own.
 *
 * @param {11 | 12} major
 * @returns {string} the folder
 */
export function installNest(major) {
  return install(`nest-${major}`, { ...APPS[major], ...thisPackage() });
}

/** An app that has these majors of the peers, installed as npm does it: a conflict of ranges ends it. */
export function installBeside(major, peers) {
  const nest = Object.entries(APPS[major]).filter(([name]) => OF_NEST.test(name));
  const name = `nest-${major}-${Object.values(peers).join('-')}`;
  return install(name, { ...Object.fromEntries(nest), ...peers, ...thisPackage() });
}

const OF_NEST = /^(?:@nestjs\/(?:common|config|core|terminus)|reflect-metadata|rxjs)$/;

/**
 * Workspaces with an app of each major. npm hoists one copy of this package, beside one Nest, unless it is told to
 * install for each app what that app needs.
 *
 * @returns the folders of the apps, by major
 */
export function installWorkspaces() {
  const folder = join(CACHE, 'workspaces');
  rmSync(folder, { recursive: true, force: true });
  const folders = Object.fromEntries(
    [11, 12].map((major) => [major, join(folder, `apps/nest-${major}`)]),
  );
  for (const [major, app] of Object.entries(folders)) {
    const nest = Object.entries(APPS[major]).filter(
      ([name]) => OF_NEST.test(name) || name === '@nestjs/platform-express',
    );
    const dependencies = { ...Object.fromEntries(nest), joi: '^18.3.2', ...thisPackage() };
    mkdirSync(app, { recursive: true });
    writeFileSync(
      join(app, 'package.json'),
      JSON.stringify({ name: `nest-${major}`, type: 'module', dependencies }),
    );
  }
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, workspaces: ['apps/*'] }),
  );
  writeFileSync(join(folder, '.npmrc'), 'install-strategy=nested\n');
  const [command, ...args] = NPM_INSTALL;
  run(command, args, folder);
  return folders;
}

/** An app that sees only the packages it declares. */
export function installWithPnpm() {
  return install('pnpm', { ...PNPM_APP, ...thisPackage() }, PNPM_INSTALL);
}

/** This package with what it brings along, and whatever else, but without the peers that the app has. */
export function installAlone(others) {
  const dependencies = {
    ...Object.fromEntries(others.map((name) => [name, '*'])),
    ...thisPackage(),
  };
  return install('install-line', dependencies, [...NPM_INSTALL, '--legacy-peer-deps']);
}

/** Any set of packages, installed once. */
export function install(name, dependencies, [command, ...args] = NPM_INSTALL) {
  const folder = join(CACHE, name);
  const manifest = JSON.stringify({ name, private: true, dependencies });
  // Written last: an install that was interrupted is done again. Our own dependencies count as well.
  const stamp = join(folder, 'installed');
  const stampText = `${manifest}\n${command} ${args.join(' ')}\n${dependenciesOfOurs()}`;
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== stampText) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), manifest);
    run(command, args, folder);
    writeFileSync(stamp, stampText);
  }
  if (PACKAGE in dependencies && !unpacked.has(folder)) {
    unpack(pack(), realpathSync(join(folder, 'node_modules', PACKAGE)));
    unpacked.add(folder);
  }
  return folder;
}

let packed;
// Once per process: the apps of the cells that run at the same time read these files.
const unpacked = new Set();

/** Packed once per process. */
export function pack() {
  if (packed === undefined) {
    mkdirSync(CACHE, { recursive: true });
    const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', CACHE];
    packed = join(CACHE, run('npm', args, root).trim());
  }
  return packed;
}

function thisPackage() {
  return { [PACKAGE]: `file:${pack()}` };
}

function dependenciesOfOurs() {
  const { dependencies, peerDependencies, peerDependenciesMeta } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  return JSON.stringify({ dependencies, peerDependencies, peerDependenciesMeta });
}

function unpack(tarball, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  run('tar', ['-xzf', tarball, '--strip-components=1', '-C', folder], folder);
}

function run(command, args, cwd) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) {
    throw new Error(`${command} ${args.join(' ')} failed in ${cwd}:\n${stdout}${stderr}`);
  }
  return stdout;
}
