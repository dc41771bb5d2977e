import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const SAMPLE = join(root, 'sample/01-rerank-api');

/** The width in the README. */
const COLUMNS = 96;

// The child believes that it writes to a terminal of that width, so that the report is the one for terminals.
const AS_TERMINAL = `data:text/javascript,${encodeURIComponent(`
for (const stream of [process.stdout, process.stderr]) {
  stream.isTTY = true;
  stream.columns = ${COLUMNS};
}`)}`;

/**
 * Starts the built sample with an untouched copy of .env.example, which is what happens to people.
 *
 * @returns what it prints, without Nest's log of the start (times and process ids) and this machine's folders
 */
export async function failBootOfSample() {
  const folder = mkdtempSync(join(tmpdir(), 'nestjs-cohere-picture-'));
  try {
    copyFileSync(join(SAMPLE, '.env.example'), join(folder, '.env'));
    const { output, exitCode } = await start(folder);
    if (exitCode === 0 || !output.includes('COHERE_API_KEY')) {
      throw new Error(`The sample was to fail with a report, not with ${exitCode}:\n${output}`);
    }
    return { command: 'cp .env.example .env && npm start', output: reportIn(output), exitCode };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function start(folder) {
  const child = spawn(process.execPath, ['--import', AS_TERMINAL, join(SAMPLE, 'dist/main.js')], {
    cwd: folder,
    env: { PATH: process.env.PATH, TERM: 'xterm-256color', FORCE_COLOR: '1', PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk) => {
    output += chunk;
    // A sample that starts after all is no failure to wait for.
    if (output.includes('Listening on')) {
      child.kill();
    }
  };
  child.stdout.setEncoding('utf8').on('data', collect);
  child.stderr.setEncoding('utf8').on('data', collect);
  const exitCode = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { output, exitCode };
}

const LOG_PREFIX = /^\[Nest\] \d+ {2}- .+? +(?<level>LOG|WARN|ERROR) \[\w+\] /;

function reportIn(output) {
  return output
    .split('\n')
    .flatMap(withoutLog)
    .map((line) => line.replaceAll(pathToFileURL(root).href, '').replaceAll(root, ''))
    .join('\n')
    .trim();
}

function withoutLog(line) {
  const plain = stripVTControlCharacters(line);
  const prefix = LOG_PREFIX.exec(plain);
  if (prefix === null) {
    return [line];
  }
  return prefix.groups.level === 'LOG' ? [] : [plain.slice(prefix[0].length)];
}
