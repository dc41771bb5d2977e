// The chart of docs/performance.md: CPU time per call, light and dark. Plain SVG, no library.
import { OURS } from './contenders/index.mjs';

const THEMES = {
  light: { text: '#1f2328', muted: '#59636e', grid: '#d1d9e0', ours: '#0969da', other: '#8c959f' },
  dark: { text: '#f0f6fc', muted: '#9198a1', grid: '#3d444d', ours: '#4493f8', other: '#656c76' },
};
const WIDTH = 720;
const LABEL = 150;
const BAR = 20;
const ROW = 30;
const HEAD = 44;

/** @returns the file name of each theme with its SVG */
export function renderCharts({ workloads }) {
  const shown = workloads.filter(({ concurrency }) => concurrency > 1);
  return Object.entries(THEMES).map(([theme, colors]) => [
    theme === 'light' ? 'performance.svg' : `performance-${theme}.svg`,
    renderChart(shown, colors),
  ]);
}

function renderChart(workloads, colors) {
  const panels = [];
  let top = 0;
  for (const workload of workloads) {
    panels.push(renderPanel(workload, top, colors));
    top += HEAD + workload.results.length * ROW + 16;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="${WIDTH}" height="${top}" role="img" aria-label="CPU time per call of each client" font-family="-apple-system, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="13">
${panels.join('\n')}
</svg>
`;
}

function renderPanel({ documents, characters, concurrency, results }, top, colors) {
  const sorted = results.toSorted((a, b) => a.cpuMsPerRequest - b.cpuMsPerRequest);
  const most = Math.max(...sorted.map(({ cpuMsPerRequest }) => cpuMsPerRequest));
  const bars = sorted.map(({ contender, cpuMsPerRequest }, row) => {
    const y = top + HEAD + row * ROW;
    const width = Math.max(2, (cpuMsPerRequest / most) * (WIDTH - LABEL - 90));
    const color = contender === OURS ? colors.ours : colors.other;
    const weight = contender === OURS ? ' font-weight="600"' : '';
    return [
      `  <text x="${LABEL - 10}" y="${y + 15}" text-anchor="end" fill="${colors.text}"${weight}>${contender}</text>`,
      `  <rect x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="3" fill="${color}"/>`,
      `  <text x="${(LABEL + width + 8).toFixed(1)}" y="${y + 15}" fill="${colors.muted}"${weight}>${cpuMsPerRequest.toFixed(2)} ms</text>`,
    ].join('\n');
  });
  return [
    `  <text x="0" y="${top + 22}" fill="${colors.text}" font-weight="600">${documents.toLocaleString('en')} documents of ${characters.toLocaleString('en')} B, concurrency ${concurrency}: CPU time per call, less is better</text>`,
    `  <line x1="${LABEL}" y1="${top + HEAD - 6}" x2="${LABEL}" y2="${top + HEAD + sorted.length * ROW - 6}" stroke="${colors.grid}"/>`,
    ...bars,
  ].join('\n');
}
