// npm run test:mutation [-- GLOB …]: breaks the code in every small way and counts what the unit tests notice. Stryker
// needs Node 22, so it has a folder of its own, and this repository keeps installing on Node 20.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, '.tmp/mutation');
const GOAL = 85;
const MUTATED = [
  'lib/diagnosis/**/*.ts',
  // Data: its words are compared with golden files, not with tests of their own.
  '!lib/diagnosis/catalogue.ts',
  '!lib/diagnosis/**/*.interface.ts',
  'lib/config/**/*.ts',
  '!lib/config/**/*.interface.ts',
  'lib/transport/{api-key-holder,attempts,call-cohere,call-scope,retry,retry-budget}.ts',
];

const chosen = process.argv.slice(2);
install();
const configuration = join(folder, 'stryker.json');
writeFileSync(
  configuration,
  JSON.stringify({
    testRunner: 'vitest',
    plugins: [join(folder, 'node_modules/@stryker-mutator/vitest-runner/dist/src/index.js')],
    vitest: { configFile: 'test/mutation/vitest.config.ts' },
    mutate: chosen.length > 0 ? chosen : MUTATED,
    ignorePatterns: ['dist', 'sample', 'docs', '.tmp'],
    tempDirName: join(folder, 'sandbox'),
    reporters: ['clear-text', 'json'],
    clearTextReporter: { reportTests: false, logTests: false },
    jsonReporter: { fileName: join(folder, 'report.json') },
    coverageAnalysis: 'perTest',
    thresholds: { high: GOAL, low: GOAL, break: GOAL },
    concurrency: 2,
  }),
);
const { status } = spawnSync(join(folder, 'node_modules/.bin/stryker'), ['run', configuration], {
  cwd: root,
  env: { ...process.env, PATH: `${join(folder, 'node_modules/.bin')}:${process.env.PATH}` },
  stdio: 'inherit',
});
process.exitCode = status ?? 1;

function install() {
  if (existsSync(join(folder, 'node_modules/.bin/stryker'))) {
    return;
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const packages = [
    'node@22',
    '@stryker-mutator/core@10',
    '@stryker-mutator/vitest-runner@10',
    'typescript@6',
    'vitest@4',
  ];
  const options = ['--no-audit', '--no-fund', '--loglevel=error'];
  spawnSync('npm', ['install', ...options, ...packages], { cwd: folder, stdio: 'inherit' });
}
