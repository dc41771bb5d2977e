import { fork } from 'node:child_process';
import { once } from 'node:events';
import { environment } from '../environment.mjs';
import { runMeasurement } from '../run-measurement.mjs';
import { CONTENDERS } from './contenders.mjs';

const CAPACITY = 80;
const RATES = [60, 80, 100, 160];
const LATENCIES = [
  { name: '200 ms', range: [200, 200] },
  { name: '50 to 350 ms', range: [50, 350] },
];
const TIMEOUT_MS = 2_000;

/** Offers more calls than Cohere can serve, and looks at what is served of them. */
export async function runOverloadSuite({ seconds, log }) {
  const runs = [];
  for (const { name, range } of LATENCIES) {
    for (const rate of RATES) {
      for (const contender of CONTENDERS) {
        log(`${contender}, ${rate} calls a second, answers in ${name}`);
        runs.push({
          latency: name,
          rate,
          contender,
          ...(await run(contender, rate, range, seconds)),
        });
      }
    }
  }
  return { capacity: CAPACITY, timeoutMs: TIMEOUT_MS, seconds, runs };
}

async function run(contender, rate, range, seconds) {
  const server = fork(new URL('server.mjs', import.meta.url), {
    env: environment({ LATENCY: JSON.stringify(range) }),
  });
  try {
    const [{ url }] = await once(server, 'message');
    const task = { contender, url, rate, seconds, timeoutMs: TIMEOUT_MS };
    const figures = await runMeasurement(new URL('measure.mjs', import.meta.url), task);
    server.send('figures');
    const [seen] = await once(server, 'message');
    return { ...figures, ...seen, abandonedShare: seen.abandoned / seen.requests };
  } finally {
    server.kill();
  }
}
