import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from '../median.mjs';
import { startServer } from '../start-server.mjs';
import { timeProcess } from './time-process.mjs';

const KEY = 'bench0000000000000000000000000000000keys';

export async function runBootSuite({ rounds, log }) {
  const server = await startServer();
  // Without an .env file above it.
  const workingDirectory = mkdtempSync(join(tmpdir(), 'nestjs-cohere-bench-'));
  const starts = createStarts(server.url);
  const samples = new Map(starts.map(({ id }) => [id, []]));
  try {
    // The first round fills the file cache and is not counted.
    for (let round = 0; round <= rounds; round += 1) {
      log(round === 0 ? 'boot, warm-up round' : `boot, round ${round} of ${rounds}`);
      for (const start of starts) {
        const sample = await timeProcess({ ...start, workingDirectory });
        if (round > 0) {
          samples.get(start.id).push(sample);
        }
      }
    }
  } finally {
    server.stop();
    rmSync(workingDirectory, { recursive: true });
  }
  const medians = new Map(
    [...samples].map(([id, its]) => [
      id,
      Object.fromEntries(FIGURES.map((name) => [name, medianOfKnown(its.map((one) => one[name]))])),
    ]),
  );
  return starts.map(({ id, title, until, base }) => ({
    id,
    title,
    until,
    base,
    ...medians.get(id),
    minMs: Math.min(...samples.get(id).map(({ wallMs }) => wallMs)),
    cpuRatio: medians.get(id).cpuMs / medians.get(base).cpuMs,
    wallRatio: medians.get(id).wallMs / medians.get(base).wallMs,
    rounds: samples.get(id),
  }));
}

const FIGURES = ['wallMs', 'cpuMs', 'stallMs', 'memoryMb'];

function medianOfKnown(values) {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : median(known);
}

/** How long an app watches itself after `listen`: the SDK used to be loaded 100 ms after it. */
const WATCH = { BENCH_WATCH_MS: '700' };

const DOCTOR = [fileURLToPath(new URL('../../../dist/cli.js', import.meta.url)), 'doctor'];

function app(name) {
  return ['--expose-gc', fileURLToPath(new URL(`./apps/${name}.mjs`, import.meta.url))];
}

/** `says` stands in the output, so that no other failure is measured; `base` is the start that the ratio is to. */
function createStarts(url) {
  const good = { COHERE_API_KEY: KEY, COHERE_BASE_URL: url };
  return [
    {
      id: 'bare',
      title: 'bare Nest app (Express, @nestjs/config, joi)',
      command: app('bare'),
      until: 'listen',
      base: 'bare',
    },
    {
      id: 'check-off',
      title: 'with CohereModule, startup check off',
      command: app('cohere-module'),
      variables: { ...good, COHERE_STARTUP_CHECK: 'off' },
      until: 'listen',
      base: 'bare',
    },
    {
      id: 'check-key',
      title: 'with CohereModule, startup check `key` (default)',
      command: app('cohere-module'),
      variables: good,
      until: 'listen',
      base: 'bare',
    },
    {
      id: 'own-client',
      title: 'app that provides `CohereClientV2` itself',
      command: app('own-client'),
      variables: good,
      until: 'listen',
      base: 'bare',
    },
    {
      id: 'bare-after',
      title: 'bare Nest app, 700 ms later',
      command: app('bare'),
      variables: WATCH,
      until: 'listen',
      base: 'bare-after',
    },
    {
      id: 'check-off-after',
      title: 'with CohereModule, startup check off, 700 ms later',
      command: app('cohere-module'),
      variables: { ...good, ...WATCH, COHERE_STARTUP_CHECK: 'off' },
      until: 'listen',
      base: 'bare-after',
    },
    {
      id: 'check-key-after',
      title: 'with CohereModule, startup check `key`, 700 ms later',
      command: app('cohere-module'),
      variables: { ...good, ...WATCH },
      until: 'listen',
      base: 'bare-after',
    },
    {
      id: 'own-error',
      title: 'bare app, fails by an error of its own',
      command: app('own-error'),
      until: 'failure',
      says: 'COHERE_API_KEY is missing',
      base: 'own-error',
    },
    {
      id: 'missing-key',
      title: 'with CohereModule, key missing',
      command: app('cohere-module'),
      until: 'failure',
      says: 'COHERE_API_KEY_MISSING',
      base: 'own-error',
    },
    {
      id: 'refused-key',
      title: 'with CohereModule, key refused by Cohere',
      command: app('cohere-module'),
      variables: { ...good, COHERE_API_KEY: `refused${KEY}` },
      until: 'failure',
      says: 'COHERE_API_KEY_REJECTED',
      base: 'own-error',
    },
    {
      id: 'load-joi',
      title: 'node process that only loads joi',
      command: [fileURLToPath(new URL('./load-joi.mjs', import.meta.url))],
      until: 'success',
      base: 'load-joi',
    },
    {
      id: 'doctor',
      title: '`nestjs-cohere doctor`, good key',
      command: DOCTOR,
      variables: good,
      until: 'success',
      says: 'COHERE_API_KEY',
      base: 'load-joi',
    },
    {
      id: 'doctor-missing-key',
      title: '`nestjs-cohere doctor`, key missing',
      command: DOCTOR,
      until: 'failure',
      says: 'COHERE_API_KEY_MISSING',
      base: 'load-joi',
    },
  ];
}
