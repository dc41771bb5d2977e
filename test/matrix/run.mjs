// npm run test:matrix [-- FILTER]: the packed package in fresh apps, one line per promise. Needs the package registry,
// so it is a step of .ci/run and not a part of `npm test`.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildApp } from './build-app.mjs';
import {
  BUN_CELL,
  CELLS,
  DISPATCHER_CELL,
  GENERATED_CELLS,
  PEER_CELLS,
  TYPE_CELLS,
  WORKSPACES_CELL,
} from './cells.mjs';
import { startEmulator } from './emulator.mjs';
import { execute } from './execute.mjs';
import { generateApp } from './generated-app.mjs';
import { checkInstallCost } from './install-cost.mjs';
import { installBeside, installNest, installWorkspaces } from './install-nest.mjs';
import { readmeFiles, readmeInstalls } from './readme-snippets.mjs';
import { runRecipes } from './recipes.mjs';
import { runtime } from './runtimes.mjs';
import { typesAreClean } from './types.mjs';
import { runUnitTest } from './unit-tests.mjs';

// More than there are cores, because installs wait for the registry.
const AT_ONCE = 3;
const SMALLEST_APP = fileURLToPath(new URL('apps/smallest.mjs', import.meta.url));
const OLD_PEERS_APP = fileURLToPath(new URL('apps/old-peers.mjs', import.meta.url));
const filter = process.argv[2]?.toLowerCase() ?? '';
const SINGLE_CELLS = [
  [BUN_CELL, runBunCell],
  [WORKSPACES_CELL, runWorkspacesCell],
  [DISPATCHER_CELL, runDispatcherCell],
];
const startedAt = Date.now();
let passed = 0;
let failed = 0;

const emulator = await startEmulator();
if ('install cost'.includes(filter)) {
  let cost = '';
  const problem = await problemOf(() => {
    cost = checkInstallCost();
  });
  report('The install line of the README', [{ name: `adds little ${cost}`, problem }]);
}
const cells = [
  ...CELLS,
  BUN_CELL,
  WORKSPACES_CELL,
  ...PEER_CELLS,
  ...GENERATED_CELLS,
  ...TYPE_CELLS,
  DISPATCHER_CELL,
].filter(({ name }) => name.toLowerCase().includes(filter));
await eachAtOnce(cells, (cell) => cellRunner(cell)(cell));
emulator.stop();
console.log(
  `\n${passed} passed, ${failed} failed, ${Math.round((Date.now() - startedAt) / 1_000)} s`,
);
process.exitCode = failed === 0 ? 0 : 1;

async function runCell(cell) {
  const nestFolder = installNest(cell.nest);
  const checks = [];
  const check = async (name, run) => checks.push({ name, problem: await problemOf(run) });
  let app;
  await check('builds', async () => {
    app = await buildApp(cell, nestFolder);
  });
  if (app !== undefined) {
    for (const version of cell.node) {
      const on = version === 'deno' ? 'on Deno' : `on Node ${version}`;
      const run = await runtime(version);
      await check(`${on} boots and reranks`, () => bootsAndReranks(app, run));
      await check(`${on} a key Cohere rejects fails the boot with one report`, () =>
        failsOnce(
          app,
          run,
          { COHERE_API_KEY: emulator.keys.revoked },
          77,
          'COHERE_API_KEY_REJECTED',
        ),
      );
      await check(`${on} a quoted key fails the boot with one report`, () =>
        failsOnce(
          app,
          run,
          { COHERE_API_KEY: `"${emulator.keys.active}"` },
          78,
          'COHERE_API_KEY_MALFORMED',
        ),
      );
      await check(`${on} runs a unit test with CohereTestingModule`, () =>
        runUnitTest({ cell, app, run, nestFolder }),
      );
      if (cell.more?.includes('health')) {
        await check(`${on} asks CohereHealthIndicator`, async () =>
          expectOutput(await start(app, run, 'health', good()), 0, /^HEALTHY$/m),
        );
      }
    }
    if (cell.more?.includes('recipes')) {
      const [version] = cell.node;
      await check('runs the recipes of docs/testing.md', async () =>
        runRecipes({ cell, app, run: await runtime(version), nestFolder }),
      );
    }
    if (cell.more?.includes('command-line')) {
      await check('has the command nestjs-cohere', () => explains(nestFolder));
    }
  }
  report(cell.name, checks);
}

function cellRunner(cell) {
  const [, runner] = SINGLE_CELLS.find(([single]) => single === cell) ?? [];
  if (runner !== undefined) {
    return runner;
  }
  if (cell.typescript !== undefined) {
    return runTypeCell;
  }
  if (cell.peers !== undefined) {
    return runPeerCell;
  }
  return cell.generated === true ? runGeneratedCell : runCell;
}

async function runPeerCell({ name, nest, peers, client = 'works' }) {
  const checks = [];
  const check = async (title, run) => checks.push({ name: title, problem: await problemOf(run) });
  let app;
  await check('npm installs it', () => {
    const folder = installBeside(nest, peers);
    copyFileSync(OLD_PEERS_APP, join(folder, 'old-peers.mjs'));
    app = { folder, files: { main: join(folder, 'old-peers.mjs') } };
  });
  if (app !== undefined) {
    const boot = (variables) =>
      start(app, [process.execPath], 'main', {
        ...good(),
        VALIDATES: String(nest === 11 || peers.joi.startsWith('18')),
        ...variables,
      });
    await check('reranks within a budget, and from the cache', async () =>
      expectOutput(await boot(), 0, /^RANKED Paris.*then 0 requests$/m),
    );
    if (client === 'works') {
      await check('reranks through the client', async () =>
        expectOutput(await boot({ CLIENT: 'true' }), 0, /^CLIENT 1$/m),
      );
    } else {
      await check('reports that the SDK has no such client', async () =>
        expectOutput(await boot({ CLIENT: 'true' }), 78, /COHERE_CONFIG_INVALID.*cohere-ai/s),
      );
    }
    await check('a value that Joi refuses fails the boot', async () => {
      const { code, output } = await boot({ COHERE_TIMEOUT_MS: 'soon' });
      expectOutput({ code, output }, code === 1 ? 1 : 78, /COHERE_TIMEOUT_MS/);
    });
  }
  report(name, checks);
}

async function runGeneratedCell(cell) {
  const checks = [];
  const check = async (name, run) => checks.push({ name, problem: await problemOf(run) });
  let app;
  await check('is generated, changed and installed', async () => {
    app = await generateApp(cell);
  });
  if (app !== undefined) {
    await check('all four files are changed, and two steps are left', () => {
      expectOutput(
        { code: 0, output: app.said },
        0,
        /(?:Added: [^]*){4}Next:\n +1\. .*\n +2\. .*$/m,
      );
      expectOutput({ code: 0, output: app.read('.env.example') }, 0, /^COHERE_API_KEY=$/m);
      const { dependencies } = JSON.parse(app.read('package.json'));
      expectOutput(
        { code: 0, output: `${dependencies['@nestjs/config']} ${dependencies.joi}` },
        0,
        new RegExp(`^\\^${cell.nest === 11 ? 4 : 12}\\.\\S+ \\^18\\.`),
      );
    });
    await check('a second time changes nothing', () =>
      expectOutput({ code: 0, output: app.saidAgain }, 0, /(?:Already there: [^]*){4}/),
    );
    await check('npm run build', () =>
      execute(['npm', 'run', 'build'], { cwd: app.folder, mustSucceed: true }),
    );
    const npmStart = (key, until) => {
      app.write('.env', `PORT=0\nCOHERE_API_KEY=${key}\nCOHERE_BASE_URL=${emulator.url}\n`);
      return execute(['npm', 'start'], { cwd: app.folder, until });
    };
    await check('npm start, with a key in .env, starts', async () => {
      const started = /Nest application successfully started/;
      const { output } = await npmStart(emulator.keys.active, started);
      expectOutput({ code: 0, output }, 0, started);
      expectOutput({ code: 0, output }, 0, /COHERE_API_KEY .* is valid/);
    });
    await check('npm start, with a bad key in .env, exits with one report', async () => {
      const key = emulator.keys.revoked;
      expectOneReport(await npmStart(key), 77, 'COHERE_API_KEY_REJECTED', key);
    });
    await check('the snippets of README.md, in their files, build and start', async () => {
      const { dependencies } = app.reset();
      const installed = [...Object.keys(dependencies), ...readmeInstalls()];
      for (const [path, code] of Object.entries(readmeFiles())) {
        app.write(path, code);
        for (const [, name] of code.matchAll(/from '((?:@[^/']+\/)?[^./'][^/']*)/g)) {
          if (!name.startsWith('node:') && !installed.some((one) => one.startsWith(name))) {
            throw new Error(`${path} imports ${name}, which the install line does not name`);
          }
        }
      }
      await execute(['npm', 'run', 'build'], { cwd: app.folder, mustSucceed: true });
      const started = /Nest application successfully started/;
      const { output } = await npmStart(emulator.keys.active, started);
      expectOutput({ code: 0, output }, 0, started);
      expectOutput({ code: 0, output }, 0, /COHERE_API_KEY .* is valid/);
    });
  }
  report(cell.name, checks);
}

async function runTypeCell({ name, typescript, nest, resolutions }) {
  const checks = [];
  for (const resolution of resolutions) {
    const problem = await problemOf(() => typesAreClean({ typescript, nest, resolution }));
    checks.push({ name: resolution, problem });
  }
  report(name, checks);
}

async function runBunCell(cell) {
  const nestFolder = installNest(cell.nest);
  const checks = [];
  const check = async (name, run) => checks.push({ name, problem: await problemOf(run) });
  let app;
  await check('builds', async () => {
    app = await buildApp(cell, nestFolder);
  });
  if (app !== undefined) {
    const run = await runtime('bun');
    await check('the boot fails with one report that names Bun', async () => {
      const result = await start(app, run, 'main', good());
      expectOneReport(result, 78, 'COHERE_CONFIG_INVALID[^]*Bun', emulator.keys.active);
    });
    await check('runs a unit test with CohereTestingModule', () =>
      runUnitTest({ cell, app, run, nestFolder }),
    );
    await check('runs doctor', async () => {
      const doctor = [...run, join(nestFolder, 'node_modules/nestjs-cohere/dist/cli.js'), 'doctor'];
      expectOutput(await execute(doctor, { variables: good() }), 0, /✓ /);
    });
  }
  report(cell.name, checks);
}

async function runWorkspacesCell({ name }) {
  const checks = [];
  const check = async (title, run) => checks.push({ name: title, problem: await problemOf(run) });
  let folders = {};
  await check('npm installs it', () => {
    folders = installWorkspaces();
  });
  for (const [major, folder] of Object.entries(folders)) {
    await check(`the app of Nest ${major} boots and reranks`, async () => {
      copyFileSync(SMALLEST_APP, join(folder, 'main.mjs'));
      const app = { folder, files: { main: join(folder, 'main.mjs') } };
      expectOutput(await start(app, [process.execPath], 'main', good()), 0, /^RANKED Paris/m);
    });
  }
  report(name, checks);
}

async function runDispatcherCell({ name, typescript: compilers, node }) {
  const checks = [];
  const check = async (title, run) => checks.push({ name: title, problem: await problemOf(run) });
  for (const typescript of compilers) {
    for (const skipLibCheck of [true, false]) {
      const how = { typescript, skipLibCheck, nest: 12, resolution: 'bundler' };
      await check(`compiles with TypeScript ${typescript}, skipLibCheck ${skipLibCheck}`, () =>
        typesAreClean({ ...how, source: 'dispatcher.ts' }),
      );
    }
  }
  const folder = installNest(12);
  copyFileSync(SMALLEST_APP, join(folder, 'smallest.mjs'));
  for (const [major, version] of Object.entries(node)) {
    await check(`of undici ${major} sends, on Node ${version}`, async () => {
      const run = [...(await runtime(version)), join(folder, 'smallest.mjs')];
      const app = { folder, files: { main: `undici-${major}` } };
      expectOutput(await start(app, run, 'main', good()), 0, /^RANKED Paris/m);
    });
  }
  report(name, checks);
}

function good() {
  return { COHERE_API_KEY: emulator.keys.active };
}

function start({ folder, files }, run, name, variables, until) {
  return execute([...run, files[name]], {
    cwd: folder,
    variables: {
      COHERE_BASE_URL: emulator.url,
      // Builds of other cells run at the same time: a busy machine must not make a certain verdict uncertain.
      COHERE_STARTUP_CHECK_TIMEOUT_MS: '60000',
      COHERE_TIMEOUT_MS: '60000',
      ...variables,
    },
    until,
  });
}

async function bootsAndReranks(app, run) {
  expectOutput(await start(app, run, 'main', good()), 0, /^RANKED \["Paris",/m);
}

async function failsOnce(app, run, variables, exitCode, code) {
  const secret = variables.COHERE_API_KEY.replaceAll('"', '');
  expectOneReport(await start(app, run, 'main', variables), exitCode, code, secret);
}

function expectOneReport(result, exitCode, code, secret) {
  expectOutput(result, exitCode, new RegExp(code));
  const { output } = result;
  const reports = output.match(/^ *Fix {2,}/gm)?.length ?? 0;
  if (reports !== 1 || /LISTENING|successfully started/.test(output)) {
    throw new Error(`${reports} reports were expected to be one:\n${output}`);
  }
  if (output.includes(secret)) {
    throw new Error('the key stands in the output');
  }
}

async function explains(nestFolder) {
  const command = [
    join(nestFolder, 'node_modules/.bin/nestjs-cohere'),
    'explain',
    'COHERE_API_KEY_EXPIRED',
  ];
  expectOutput(await execute(command), 0, /COHERE_API_KEY_EXPIRED/);
}

function expectOutput({ code, output }, exitCode, pattern) {
  if (code !== exitCode || !pattern.test(output)) {
    throw new Error(`ended with ${code}, expected ${exitCode} and ${pattern}:\n${output}`);
  }
}

async function problemOf(run) {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function report(name, checks) {
  console.log(`\n${name}`);
  for (const { name: title, problem } of checks) {
    console.log(`  ${problem === undefined ? 'ok    ' : 'FAILED'} ${title}`);
    if (problem === undefined) {
      passed += 1;
    } else {
      failed += 1;
      console.log(problem.replaceAll(/^/gm, '         '));
    }
  }
}

async function eachAtOnce(items, run) {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      await run(item);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
