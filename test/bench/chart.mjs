// Bar charts of docs/performance.md, light and dark. Plain SVG, no library.
import { OURS } from './rerank/contenders/index.mjs';

const THEMES = {
  light: { text: '#1f2328', muted: '#59636e', grid: '#d1d9e0', ours: '#0969da', other: '#8c959f' },
  dark: { text: '#f0f6fc', muted: '#9198a1', grid: '#3d444d', ours: '#4493f8', other: '#656c76' },
};
const WIDTH = 720;
const LABEL = 150;
const BAR = 20;
const ROW = 30;
const HEAD = 44;

/**
 * @param panels each with a title and rows of a name, a value and its text; `most` is the value of the longest bar
 * @returns the file name of each theme with its SVG
 */
export function renderThemes(name, label, panels) {
  return Object.entries(THEMES).map(([theme, colors]) => [
    theme === 'light' ? `${name}.svg` : `${name}-${theme}.svg`,
    renderChart(label, panels, colors),
  ]);
}

function renderChart(label, panels, colors) {
  const drawn = [];
  let top = 0;
  for (const panel of panels) {
    drawn.push(renderPanel(panel, top, colors));
    top += HEAD + panel.rows.length * ROW + 16;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="${WIDTH}" height="${top}" role="img" aria-label="${label}" font-family="-apple-system, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="13">
${drawn.join('\n')}
</svg>
`;
}

function renderPanel({ title, rows, most, space = 90 }, top, colors) {
  const bars = rows.map(({ name, value, text }, row) => {
    const y = top + HEAD + row * ROW;
    const width = Math.max(2, (value / most) * (WIDTH - LABEL - space));
    const color = name === OURS ? colors.ours : colors.other;
    const weight = name === OURS ? ' font-weight="600"' : '';
    return [
      `  <text x="${LABEL - 10}" y="${y + 15}" text-anchor="end" fill="${colors.text}"${weight}>${name}</text>`,
      `  <rect x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="3" fill="${color}"/>`,
      `  <text x="${(LABEL + width + 8).toFixed(1)}" y="${y + 15}" fill="${colors.muted}"${weight}>${text}</text>`,
    ].join('\n');
  });
  return [
    `  <text x="0" y="${top + 22}" fill="${colors.text}" font-weight="600">${title}</text>`,
    `  <line x1="${LABEL}" y1="${top + HEAD - 6}" x2="${LABEL}" y2="${top + HEAD + rows.length * ROW - 6}" stroke="${colors.grid}"/>`,
    ...bars,
  ].join('\n');
}
