// Runs the specs of the exception filter and the health indicator, unchanged, on Nest 11 with its GraphQL,
// microservice and WebSocket packages. It installs those from the registry, so it is not a part of `npm test`:
//   npm run test:transports
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
// Inside the repository, so that everything but Nest and what must be one with it comes from its node_modules.
const folder = join(root, '.tmp/transports-nest-11');

const manifest = {
  name: 'transports-nest-11',
  private: true,
  type: 'module',
  dependencies: {
    '@apollo/server': '^5.0.0',
    '@as-integrations/express5': '^1.1.0',
    '@grpc/grpc-js': '^1.14.0',
    '@grpc/proto-loader': '^0.8.0',
    '@nestjs/apollo': '^13.0.0',
    '@nestjs/common': '^11.0.0',
    '@nestjs/config': '^4.0.0',
    '@nestjs/core': '^11.0.0',
    '@nestjs/graphql': '^13.0.0',
    '@nestjs/mercurius': '^13.0.0',
    '@nestjs/microservices': '^11.0.0',
    '@nestjs/platform-express': '^11.0.0',
    '@nestjs/platform-fastify': '^11.0.0',
    '@nestjs/platform-socket.io': '^11.0.0',
    '@nestjs/platform-ws': '^11.0.0',
    '@nestjs/terminus': '^11.0.0',
    '@nestjs/websockets': '^11.0.0',
    graphql: '^16.11.0',
    ioredis: '^5.0.0',
    mercurius: '^16.0.0',
    'reflect-metadata': '^0.2.2',
    rxjs: '^7.8.2',
  },
};

const SOURCES = [
  'lib',
  'tsconfig.json',
  'test/setup.ts',
  'test/support',
  'docs/logging.md',
  'test/unit/diagnosis/fixtures.ts',
  'test/unit/diagnosis/rows',
  'test/unit/filter',
  'test/unit/health',
  'test/e2e/transports',
];

install();
for (const source of SOURCES) {
  rmSync(join(folder, source), { recursive: true, force: true });
  cpSync(join(root, source), join(folder, source), { recursive: true });
}
cpSync(new URL('vitest.config.ts', import.meta.url), join(folder, 'vitest.config.ts'));
const { version } = JSON.parse(
  readFileSync(join(folder, 'node_modules/@nestjs/core/package.json'), 'utf8'),
);
console.log(`Nest ${version}`);
process.exitCode = run(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run']);

/** Once, and again whenever the manifest changes. */
function install() {
  const wanted = JSON.stringify(manifest, undefined, 2);
  const path = join(folder, 'package.json');
  if (existsSync(path) && readFileSync(path, 'utf8') === wanted) {
    return;
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, wanted);
  if (run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error']) !== 0) {
    rmSync(path);
    throw new Error('Nest 11 could not be installed');
  }
}

function run(command, commandArguments) {
  return spawnSync(command, commandArguments, { cwd: folder, stdio: 'inherit' }).status ?? 1;
}
