// npm run test:mutation [-- GROUP | FILE | FILE:10-20 …]: breaks the code in every small way and counts what the unit tests notice.
// Stryker needs Node 22, so it has a folder of its own, and this repository keeps installing on Node 20.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, matchesGlob } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, '.tmp/mutation');
const GOAL = 85;

/** What is mutated, and the specs that are meant to notice: those of the folder, not every spec that passes through. */
const GROUPS = [
  {
    name: 'retry',
    mutate: ['lib/transport/retry.ts', 'lib/transport/retry-budget.ts'],
    tests: ['test/unit/transport/retry/**/*.spec.ts'],
  },
  {
    name: 'key-holder',
    mutate: ['lib/transport/api-key-holder.ts'],
    tests: ['test/unit/transport/api-key-holder.spec.ts'],
  },
  {
    name: 'call',
    mutate: ['lib/transport/call-cohere.ts', 'lib/transport/call-scope.ts'],
    tests: [
      'test/unit/transport/{call-cohere,call-scope,caller-signals}.spec.ts',
      'test/unit/transport/retry/attempts.spec.ts',
    ],
  },
  {
    name: 'key-lint',
    mutate: ['lib/config/api-key/{api-key-lint,find-defect,telltale-values}.ts'],
    tests: ['test/unit/config/api-key-lint{,.hosts}.spec.ts'],
  },
  {
    name: 'key-sources',
    mutate: ['lib/config/api-key/!(api-key-lint|find-defect|telltale-values).ts'],
    tests: ['test/unit/config/{key-place,key-sources,pasted-keys}.spec.ts'],
  },
  {
    name: 'settings',
    mutate: ['lib/config/{settings,settings.schema,shared-stores}.ts'],
    tests: ['test/unit/config/{settings,resolve-settings,wrong-options,cohere-env.schema}.spec.ts'],
  },
  {
    name: 'env-files',
    mutate: ['lib/config/env-files.ts'],
    tests: ['test/unit/config/{env-files,origin}.spec.ts'],
  },
  {
    name: 'env-schema',
    mutate: ['lib/config/{cohere-env.schema,cohere.config}.ts'],
    tests: ['test/unit/config/{cohere-env.schema,cohere.config}.spec.ts'],
  },
  {
    name: 'configuration',
    mutate: [
      'lib/config/{base-url,closest-name,describe-value,read-*,resolve-*,setting-problem}.ts',
    ],
    tests: [
      'test/unit/config/{base-url,closest-name,describe-value}.spec.ts',
      'test/unit/config/{pasted-keys,resolve-settings,wrong-options,wrong-variables}.spec.ts',
    ],
  },
  {
    name: 'responses',
    mutate: ['lib/diagnosis/{response-rules,classify-response}.ts'],
    tests: ['test/unit/diagnosis/classify-response.spec.ts'],
  },
  {
    name: 'network-failures',
    mutate: ['lib/diagnosis/{network-rules,classify-network-failure,diagnose-timeout}.ts'],
    tests: ['test/unit/diagnosis/classify-network-failure.spec.ts'],
  },
  {
    name: 'redact',
    mutate: ['lib/diagnosis/redact/*.ts'],
    tests: ['test/unit/diagnosis/{redact,redact/*}.spec.ts'],
  },
  {
    name: 'sdk-errors',
    mutate: ['lib/diagnosis/{sdk-error,diagnose}.ts'],
    tests: ['test/unit/diagnosis/{diagnose,cohere-sdk-error,sdk-error}.spec.ts'],
  },
  {
    name: 'diagnosis',
    mutate: [
      'lib/diagnosis/{read-reply,read-safely,request-context,library,create-diagnosis,errors}.ts',
    ],
    tests: [
      'test/unit/diagnosis/{read-reply,request-context,read-safely,errors,catalogue}.spec.ts',
      'test/unit/{diagnosis/classify-response,filter/client-texts}.spec.ts',
      'test/unit/transport/version.spec.ts',
    ],
  },
  {
    name: 'renderers',
    mutate: ['lib/diagnosis/render/!(render-error-page).ts'],
    tests: ['test/unit/diagnosis/render/!(error-document).spec.ts'],
  },
  {
    name: 'error-pages',
    mutate: ['lib/diagnosis/render/render-error-page.ts'],
    tests: ['test/unit/diagnosis/render/error-document.spec.ts'],
  },
];
const NEVER_MUTATED = [
  '!lib/**/*.interface.ts',
  // Data: its words are compared with golden files, not with tests of their own.
  '!lib/diagnosis/catalogue.ts',
  // Recorded from the code, and compared with what the code says now.
];

const chosen = process.argv.slice(2);
const runs = chosen.length === 0 ? GROUPS : runsOf(chosen);
install();
const results = runs.map((group) => mutate(group));
process.exitCode = results.every((status) => status === 0) ? 0 : 1;

/** A group by its name, or the group of a file with that file or those lines alone, which are then tried in any case. */
function runsOf(names) {
  return names.map((name) => {
    const [file] = name.split(':');
    const group =
      GROUPS.find((candidate) => candidate.name === name) ??
      GROUPS.find(({ mutate: globs }) => globs.some((glob) => matchesGlob(file, glob)));
    if (group === undefined) {
      throw new Error(
        `${name} is neither a group (${GROUPS.map((one) => one.name).join(', ')}) nor a file of one.`,
      );
    }
    return group.name === name ? group : { ...group, mutate: [name], force: true };
  });
}

function mutate({ name, mutate: files, tests, force = false }) {
  const configuration = join(folder, `${name}.stryker.json`);
  const report = join(folder, `${name}.report.json`);
  writeFileSync(
    configuration,
    JSON.stringify({
      testRunner: 'vitest',
      plugins: [join(folder, 'node_modules/@stryker-mutator/vitest-runner/dist/src/index.js')],
      vitest: { configFile: 'test/mutation/vitest.config.ts' },
      mutate: [...files, ...NEVER_MUTATED],
      ignorePatterns: ['dist', 'sample', '.tmp'],
      tempDirName: join(folder, `${name}.sandbox`),
      reporters: ['clear-text', 'progress-append-only', 'json'],
      clearTextReporter: { reportTests: false, logTests: false },
      jsonReporter: { fileName: report },
      // A mutant is tried again only when its code or a test that reaches it has changed, and one of what runs at
      // import only when its code has: name the lines.
      incremental: true,
      force,
      incrementalFile: join(folder, `${name}.incremental.json`),
      coverageAnalysis: 'perTest',
      // Longer than the time a test has: a mutant that hangs then costs one test, not the process.
      timeoutMS: 15_000,
      thresholds: { high: GOAL, low: GOAL, break: GOAL },
      concurrency: Math.max(1, Math.floor(availableParallelism() / 2)),
    }),
  );
  const { status } = spawnSync(join(folder, 'node_modules/.bin/stryker'), ['run', configuration], {
    cwd: root,
    env: {
      ...process.env,
      PATH: `${join(folder, 'node_modules/.bin')}:${process.env.PATH}`,
      MUTATION_TESTS: JSON.stringify(tests),
    },
    stdio: 'inherit',
  });
  return status ?? 1;
}

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
