// One contender, one workload, in a process of its own: warm-up, then a fixed number of calls.
import { median } from '../median.mjs';
import { createDocuments, QUERY } from './workloads.mjs';

const { contender, workload, url, share } = JSON.parse(process.argv[2]);
const { create } = await import(`./contenders/${contender}.mjs`);
const documents = createDocuments(workload.documents, workload.characters);
const rerank = await create({ url, concurrency: workload.concurrency });

await run(workload.warmUp);
const calls = Math.ceil(workload.calls * share);
const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
const latencies = await run(calls);
const elapsedMs = performance.now() - startedAt;
const cpu = process.cpuUsage(cpuBefore);

process.send(
  {
    requestsPerSecond: (calls / elapsedMs) * 1_000,
    medianLatencyMs: median(latencies),
    cpuMsPerRequest: (cpu.user + cpu.system) / 1_000 / calls,
  },
  // The pool of connections would keep the process.
  () => process.exit(),
);

async function run(count) {
  const durations = [];
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      const calledAt = performance.now();
      const results = await rerank(QUERY, documents);
      durations.push(performance.now() - calledAt);
      if (results !== documents.length) {
        throw new Error(
          `${contender} returned ${results} results for ${documents.length} documents`,
        );
      }
    }
  };
  await Promise.all(Array.from({ length: workload.concurrency }, worker));
  return durations;
}
