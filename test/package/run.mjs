// Installs the packed tarball into fresh apps, as a stranger would, and runs them there. Needs the package registry,
// so it is a step of .ci/run and not a part of `npm test`.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const consumers = fileURLToPath(new URL('./consumers/', import.meta.url));
const tarball = pack();
let passed = 0;
let failed = 0;

const cohere = {
  'cohere-ai': '^8.1.0',
  joi: '^18.3.2',
  rxjs: '^7.8.2',
  'reflect-metadata': '^0.2.2',
};

consumer('nest-11-commonjs', {
  '@nestjs/common': '^11.0.0',
  '@nestjs/core': '^11.0.0',
  '@nestjs/platform-express': '^11.0.0',
  '@nestjs/config': '^4.0.0',
  '@nestjs/testing': '^11.0.0',
  '@nestjs/terminus': '^11.0.0',
  jest: '^30.0.0',
});
consumer('nest-12-esm', {
  '@nestjs/common': '^12.0.0',
  '@nestjs/core': '^12.0.0',
  '@nestjs/platform-fastify': '^12.0.0',
  '@nestjs/config': '^12.0.0',
  '@nestjs/testing': '^12.0.0',
  typescript: '^6.0.3',
  '@types/node': '^20',
});

console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function pack() {
  const folder = mkdtempSync(join(tmpdir(), 'nestjs-cohere-pack-'));
  const { stdout } = run(
    'npm',
    ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder],
    root,
  );
  return join(folder, stdout.trim());
}

function consumer(name, dependencies) {
  console.log(`\n${name}`);
  const folder = mkdtempSync(join(tmpdir(), `nestjs-cohere-${name}-`));
  cpSync(join(consumers, name), folder, { recursive: true });
  const manifest = {
    name,
    private: true,
    type: name.endsWith('esm') ? 'module' : 'commonjs',
    scripts: JSON.parse(
      run('node', ['-p', `JSON.stringify(require('./scripts.json'))`], folder).stdout,
    ),
    dependencies: { ...cohere, ...dependencies, 'nestjs-cohere': `file:${tarball}` },
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
  const installed = run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], folder);
  check('installs without an error', installed);
  for (const script of Object.keys(manifest.scripts)) {
    check(script, run('npm', ['run', '--silent', script], folder));
  }
}

function run(command, args, cwd) {
  const environment = { ...process.env };
  delete environment.COHERE_API_KEY;
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    env: environment,
    encoding: 'utf8',
  });
  return { ok: status === 0, stdout, output: `${stdout}${stderr}` };
}

function check(name, { ok, output }) {
  console.log(`  ${ok ? 'ok    ' : 'FAILED'} ${name}`);
  if (ok) {
    passed += 1;
  } else {
    failed += 1;
    console.log(output.replace(/^/gm, '         '));
  }
}
