import { bootTargets } from './boot/targets.mjs';
import { fleetTargets } from './fleet/targets.mjs';
import { COHERE_AI, FETCH, OURS } from './rerank/contenders/index.mjs';

/** What this library sets out to reach; a run tells which it reached. */
export function judgeTargets({ rerank, boot, fleet }) {
  const judged = [
    ...(rerank ? rerankTargets(rerank) : []),
    ...(boot ? bootTargets(boot) : []),
    ...(fleet ? fleetTargets(fleet) : []),
  ];
  return judged.map((target) => ({ ...target, met: isMet(target) }));
}

function isMet({ value, atLeast, atMost, below }) {
  if (below !== undefined) {
    return value < below;
  }
  return atLeast === undefined ? value <= atMost : value >= atLeast;
}

function rerankTargets({ workloads, splitting }) {
  const ratio = (id, against, figure) => {
    const { results } = workloads.find((workload) => workload.id === id);
    const ours = results.find(({ contender }) => contender === OURS);
    return (against === COHERE_AI ? ours.toCohereAi : ours.toFetch)[figure];
  };
  const faster = (id, title, against, atLeast) => ({
    title: `${title}: requests/s to ${against}`,
    value: ratio(id, against, 'requestsPerSecond'),
    atLeast,
  });
  return [
    faster('10x200-concurrent', '10 × 200 B, concurrency 32', COHERE_AI, 3),
    faster('10x200-concurrent', '10 × 200 B, concurrency 32', FETCH, 1.8),
    {
      title: `10 × 200 B, sequential: median latency to ${COHERE_AI}`,
      value: ratio('10x200-sequential', COHERE_AI, 'medianLatency'),
      atMost: 0.6,
    },
    faster('1000x2k-sequential', '1000 × 2 KB, sequential', COHERE_AI, 1.15),
    faster('1000x2k-sequential', '1000 × 2 KB, sequential', FETCH, 1.05),
    faster('1000x2k-concurrent', '1000 × 2 KB, concurrency 32', COHERE_AI, 1.15),
    faster('1000x2k-concurrent', '1000 × 2 KB, concurrency 32', FETCH, 1.05),
    {
      title: '10,000 documents in one call: wall time to the same batches one after another',
      value: splitting.exactRanking ? splitting.ratio : Number.NaN,
      below: 0.3,
    },
  ];
}
