import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installNest } from './install-nest.mjs';

// Looks like a key, belongs to nobody, and is searched for in everything the app prints.
const CANARY = 'Zk3vQ9pLw2Xc7RtB5nMs8Yd1Hf6Gj4Ka0Ue9TiVo';
const APP = fileURLToPath(new URL('apps/boot-report.mjs', import.meta.url));

const LOGGERS = [
  'default',
  'json',
  'off',
  'warn level only',
  'fatal level only',
  'buffered logs',
  'pino',
  'winston',
  'prints String(error)',
  'prints the error',
  'prints error.message',
  'prints nothing',
];
const ENDINGS = [
  {},
  { ABORT_ON_ERROR: 'false' },
  { FAIL_BOOT: 'true' },
  { FAIL_BOOT: 'true', ABORT_ON_ERROR: 'false' },
  { HANDLES: 'console.error', ABORT_ON_ERROR: 'false' },
];
const FINDINGS = [
  { finding: 'offline', environment: {}, code: 'COHERE_API_KEY_MISSING', exitCode: 78 },
  {
    finding: 'said by Cohere',
    environment: { COHERE_API_KEY: CANARY },
    code: 'COHERE_API_KEY_REJECTED',
    exitCode: 77,
  },
];

/** Every cell, or every n-th for a quick look. */
export function cells(majors = [11, 12], every = 1) {
  const all = majors.flatMap((major) =>
    LOGGERS.flatMap((logger) =>
      ENDINGS.flatMap((ending) =>
        FINDINGS.flatMap((finding) =>
          [undefined, 'json'].map((format) => ({ major, logger, ending, format, ...finding })),
        ),
      ),
    ),
  );
  return all.filter((_, index) => index % every === 0);
}

export function nameOf({ major, logger, ending, finding, format }) {
  const words = Object.entries(ending).map(([name, value]) => `${name}=${value}`);
  return [
    `Nest ${major}`,
    `logger: ${logger}`,
    ...words,
    finding,
    ...(format ? ['JSON line'] : []),
  ].join(', ');
}

/** @returns what is wrong with the output of one cell; nothing when it holds exactly one report */
export async function faultsOf(cell, url) {
  const result = await start(cell, url);
  const faults = [];
  const expect = (condition, fault) => condition || faults.push(fault);
  const prose = result.output.split(`explain ${cell.code}`).length - 1;
  const lines = result.output
    .split('\n')
    .filter((line) => line.startsWith('{"level":"error","name":"nestjs-cohere"'));
  if (cell.format === 'json') {
    expect(lines.length === 1, `${lines.length} JSON lines`);
    expect(prose === 0, 'prose beside the JSON line');
    // An app that prints the error itself gets a headline; everything else is silent.
    const others = result.output
      .split('\n')
      .filter((line) => line.includes(cell.code) && !lines.includes(line));
    expect(cell.ending.HANDLES !== undefined || others.length === 0, `beside it: ${others[0]}`);
  } else {
    expect(prose === 1, `${prose} reports`);
    expect(lines.length === 0, 'a JSON line nobody asked for');
    const frames = result.output.split('boot-report.mjs:').length - 1;
    expect(frames >= 1, 'no frame');
  }
  expect(!result.output.includes('LISTENING'), 'the port opened');
  expect(!result.output.includes(CANARY.slice(4, 16)), 'the key is in the output');
  const wanted = cell.ending.HANDLES === undefined ? [cell.exitCode] : [1, cell.exitCode];
  expect(wanted.includes(result.exitCode), `exit code ${result.exitCode}, not ${cell.exitCode}`);
  return { faults, output: result.output };
}

const installed = new Map();

/** The app is copied once: a process of another cell may be reading it. */
function appOf(major) {
  if (!installed.has(major)) {
    const folder = join(installNest(major), 'boot-reports');
    mkdirSync(folder, { recursive: true });
    copyFileSync(APP, join(folder, 'boot-report.mjs'));
    installed.set(major, join(folder, 'boot-report.mjs'));
  }
  return installed.get(major);
}

function start({ major, logger, ending, environment, format }, url) {
  return run(process.execPath, [appOf(major)], {
    LOGGER: logger,
    ...ending,
    ...environment,
    COHERE_BASE_URL: url,
    // A machine that is busy with other tests must not make an uncertain verdict of a certain one.
    COHERE_STARTUP_CHECK_TIMEOUT_MS: '30000',
    ...(format === undefined ? {} : { COHERE_BOOT_REPORT: format }),
  });
}

function run(command, args, environment) {
  const cwd = mkdtempSync(join(tmpdir(), 'nestjs-cohere-'));
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    output += chunk;
    if (output.includes('LISTENING')) {
      child.kill('SIGKILL');
    }
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => (output += chunk));
  return new Promise((resolve) => {
    child.on('close', (exitCode) => {
      rmSync(cwd, { recursive: true });
      resolve({ output, exitCode });
    });
  });
}

/** A Cohere that rejects every key. Plain Node runs this file, and cannot load the TypeScript of test/support. */
async function rejectingCohere() {
  const server = createServer((request, response) => {
    response.writeHead(401, { 'content-type': 'application/json' });
    response.end('{"message":"invalid api token"}');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

/** Runs the cells, two at a time. @returns the names of the cells that failed, with what is wrong */
export async function runBootReports(chosen = cells(), { verbose = false } = {}) {
  const cohere = await rejectingCohere();
  const failed = [];
  const queue = [...chosen];
  const worker = async () => {
    for (let cell = queue.shift(); cell !== undefined; cell = queue.shift()) {
      const { faults, output } = await faultsOf(cell, cohere.url);
      if (faults.length > 0) {
        failed.push({ cell: nameOf(cell), faults, output });
        console.error(`✗ ${nameOf(cell)}: ${faults.join('; ')}${verbose ? `\n${output}` : ''}`);
      }
    }
  };
  await Promise.all([worker(), worker()]);
  cohere.stop();
  return failed;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [majors = '11,12', every = '1', verbose] = process.argv.slice(2);
  const chosen = cells(majors.split(',').map(Number), Number(every));
  const failed = await runBootReports(chosen, { verbose: verbose !== undefined });
  console.log(`${chosen.length - failed.length} of ${chosen.length} cells report exactly once`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}
