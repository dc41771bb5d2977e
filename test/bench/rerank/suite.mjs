import { median } from '../median.mjs';
import { runMeasurement } from '../run-measurement.mjs';
import { startServer } from '../start-server.mjs';
import { COHERE_AI, CONTENDERS, FETCH, UNDICI } from './contenders/index.mjs';
import { WORKLOADS } from './workloads.mjs';

const measure = new URL('./measure.mjs', import.meta.url);
const measureSplitting = new URL('./measure-splitting.mjs', import.meta.url);

export async function runRerankSuite({ rounds, share, log }) {
  const workloads = [];
  for (const workload of WORKLOADS) {
    workloads.push(await runWorkload(workload, { rounds, share, log }));
  }
  return { workloads, splitting: await runSplitting({ rounds, log }) };
}

async function runWorkload(workload, { rounds, share, log }) {
  const server = await startServer();
  const samples = new Map(CONTENDERS.map((contender) => [contender, []]));
  try {
    for (let round = 0; round < rounds; round += 1) {
      log(`${workload.id}, round ${round + 1} of ${rounds}`);
      for (const contender of rotated(CONTENDERS, round)) {
        samples
          .get(contender)
          .push(await runMeasurement(measure, { contender, workload, url: server.url, share }));
      }
    }
  } finally {
    server.stop();
  }
  const results = [...samples].map(([contender, its]) => ({
    contender,
    requestsPerSecond: medianOf(its, 'requestsPerSecond'),
    medianLatencyMs: medianOf(its, 'medianLatencyMs'),
    cpuMsPerRequest: medianOf(its, 'cpuMsPerRequest'),
    rounds: its,
  }));
  return { ...workload, calls: Math.ceil(workload.calls * share), results: withRatios(results) };
}

/** Nobody always runs first, or always after the same neighbour has warmed the machine. */
function rotated(list, by) {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

function medianOf(samples, figure) {
  return median(samples.map((sample) => sample[figure]));
}

function withRatios(results) {
  const against = (name, { requestsPerSecond, medianLatencyMs, cpuMsPerRequest }) => {
    const other = results.find(({ contender }) => contender === name);
    return {
      requestsPerSecond: requestsPerSecond / other.requestsPerSecond,
      medianLatency: medianLatencyMs / other.medianLatencyMs,
      // How often the CPU time of a call of ours goes into one of the other's.
      cpu: other.cpuMsPerRequest / cpuMsPerRequest,
    };
  };
  return results.map((result) => ({
    ...result,
    toCohereAi: against(COHERE_AI, result),
    toFetch: against(FETCH, result),
    toUndici: against(UNDICI, result),
  }));
}

async function runSplitting({ rounds, log }) {
  log('splitting 10,000 documents');
  const delayMs = 100;
  const server = await startServer({ delayMs });
  try {
    const figures = await runMeasurement(measureSplitting, { url: server.url, repeats: rounds });
    return { delayMs, ...figures, ratio: figures.oneCallMs / figures.oneAfterAnotherMs };
  } finally {
    server.stop();
  }
}
