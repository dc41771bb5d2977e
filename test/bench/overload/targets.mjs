import { OURS } from '../rerank/contenders/index.mjs';

const CONCURRENCY = 16;

export function overloadTargets({ capacity, runs }) {
  return runs
    .filter(({ contender, rate }) => contender === OURS && rate > capacity)
    .flatMap(({ rate, latency, servedPerSecond, mostConnections, abandonedShare }) => {
      const at = `${rate} calls/s, responses in ${latency}`;
      return [
        {
          title: `${at}: share of what can be served`,
          value: servedPerSecond / capacity,
          atLeast: 0.9,
        },
        { title: `${at}: connections at once`, value: mostConnections, atMost: CONCURRENCY },
        { title: `${at}: share of requests abandoned`, value: abandonedShare, atMost: 0.05 },
      ];
    });
}
