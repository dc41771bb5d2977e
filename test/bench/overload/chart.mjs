import { renderThemes } from '../chart.mjs';

/** What is served of more calls than can be served, light and dark. */
export function renderOverloadCharts({ capacity, runs }) {
  const panels = [100, 160].flatMap((rate) =>
    [...new Set(runs.map(({ latency }) => latency))].map((latency) => ({
      title: `${rate} calls a second, responses in ${latency}: served a second, of ${capacity} that can be`,
      rows: runs
        .filter((run) => run.rate === rate && run.latency === latency)
        .map(({ contender, servedPerSecond, mostConnections, abandonedShare }) => ({
          name: contender,
          value: servedPerSecond,
          text: `${servedPerSecond.toFixed(0)}, ${mostConnections} connections, ${(abandonedShare * 100).toFixed(0)} % abandoned`,
        })),
      most: capacity,
      space: 280,
    })),
  );
  return renderThemes('overload', 'Calls served a second under overload', panels);
}
