import { table } from '../table.mjs';

export function renderOverload({ capacity, timeoutMs, seconds, runs }) {
  const latencies = [...new Set(runs.map(({ latency }) => latency))];
  return [
    '### Overload',
    `A Cohere with 16 workers, so that ${capacity} requests a second can be served; a steady number of calls a second for ${seconds} s, each with a deadline of ${timeoutMs} ms. “Served” is counted once the queue has filled up. “Abandoned” are requests that reached Cohere and were given up before their answer. “Refused after” is the median time until a call fails.`,
    ...latencies.flatMap((latency) => [
      `Responses take ${latency}:`,
      table(
        [
          'calls/s',
          '',
          'served/s',
          'of what can be served',
          'connections at once',
          'opened',
          'abandoned',
          'refused after',
        ],
        runs.filter((run) => run.latency === latency).map((run) => row(run, capacity)),
      ),
    ]),
  ];
}

function row(run, capacity) {
  const { rate, contender, servedPerSecond, mostConnections, connections, abandonedShare } = run;
  const possible = Math.min(rate, capacity);
  return [
    String(rate),
    contender,
    servedPerSecond.toFixed(1),
    `${((servedPerSecond / possible) * 100).toFixed(0)} %`,
    String(mostConnections),
    String(connections),
    `${(abandonedShare * 100).toFixed(1)} %`,
    run.refusalMs === undefined ? '–' : `${run.refusalMs.toFixed(0)} ms`,
  ];
}
