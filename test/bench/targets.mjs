import { bootTargets } from './boot/targets.mjs';
import { fleetTargets } from './fleet/targets.mjs';
import { overloadTargets } from './overload/targets.mjs';
import { COHERE_AI, FETCH, OURS, UNDICI } from './rerank/contenders/index.mjs';

/** What this library sets out to reach; a run tells which it reached. */
export function judgeTargets({ rerank, boot, fleet, overload }) {
  const judged = [
    ...(rerank ? rerankTargets(rerank) : []),
    ...(boot ? bootTargets(boot) : []),
    ...(fleet ? fleetTargets(fleet) : []),
    ...(overload ? overloadTargets(overload) : []),
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
  // CPU time decides how many calls one core carries; on a shared machine it varies less than wall time.
  const cpu = (id, title, against, atLeast) => {
    const { results } = workloads.find((workload) => workload.id === id);
    const ours = results.find(({ contender }) => contender === OURS);
    return {
      title: `${title}: CPU per call of ${against} to ours`,
      value: { [COHERE_AI]: ours.toCohereAi, [FETCH]: ours.toFetch, [UNDICI]: ours.toUndici }[
        against
      ].cpu,
      atLeast,
    };
  };
  const SMALL = '10 × 200 B, concurrency 32';
  const LARGE = '1000 × 2 KB, concurrency 32';
  return [
    cpu('10x200-concurrent', SMALL, COHERE_AI, 5),
    cpu('10x200-concurrent', SMALL, FETCH, 3),
    cpu('10x200-concurrent', SMALL, UNDICI, 0.75),
    cpu('1000x2k-concurrent', LARGE, COHERE_AI, 1.35),
    cpu('1000x2k-concurrent', LARGE, FETCH, 1.1),
    {
      title: '10,000 documents in one call: wall time to the same batches one after another',
      value: splitting.exactRanking ? splitting.ratio : Number.NaN,
      below: 0.3,
    },
  ];
}
