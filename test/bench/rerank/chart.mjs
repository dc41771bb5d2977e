// The chart of docs/performance.md: CPU time per call.
import { renderThemes } from '../chart.mjs';

export function renderCharts({ workloads }) {
  const panels = workloads
    .filter(({ concurrency }) => concurrency > 1)
    .map(({ documents, characters, concurrency, results }) => {
      const rows = results
        .toSorted((a, b) => a.cpuMsPerRequest - b.cpuMsPerRequest)
        .map(({ contender, cpuMsPerRequest }) => ({
          name: contender,
          value: cpuMsPerRequest,
          text: `${cpuMsPerRequest.toFixed(2)} ms`,
        }));
      const size = `${documents.toLocaleString('en')} documents of ${characters.toLocaleString('en')} B`;
      return {
        title: `${size}, concurrency ${concurrency}: CPU time per call, less is better`,
        rows,
        most: Math.max(...rows.map(({ value }) => value)),
      };
    });
  return renderThemes('performance', 'CPU time per call of each client', panels);
}
