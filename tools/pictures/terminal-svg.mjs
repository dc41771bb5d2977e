const CELL = { width: 8.4, height: 20 };
const FONT_SIZE = 14;
const PADDING = 20;
const TITLE_BAR = 36;
const MIN_COLUMNS = 94;

const STYLE = `
    .window { fill: #ffffff; stroke: #d0d7de; }
    .bar { fill: #f3f5f7; }
    .line { font: ${FONT_SIZE}px ui-monospace, 'SF Mono', SFMono-Regular, 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #1f2328; }
    .bold { font-weight: 700; }
    .dim { fill: #59636e; }
    .red { fill: #b3261e; }
    .green { fill: #116329; }
    .yellow { fill: #7a4d00; }
    .blue { fill: #0550ae; }
    .magenta { fill: #7b2d8e; }
    .cyan { fill: #0b6377; }
    @media (prefers-color-scheme: dark) {
      .window { fill: #0d1117; stroke: #30363d; }
      .bar { fill: #161b22; }
      .line { fill: #e6edf3; }
      .dim { fill: #9198a1; }
      .red { fill: #ff8a80; }
      .green { fill: #7ee787; }
      .yellow { fill: #e3b341; }
      .blue { fill: #79c0ff; }
      .magenta { fill: #d2a8ff; }
      .cyan { fill: #76e3ea; }
    }`;

/** A picture of a terminal in which a command failed, in the reader's own colours; needs no font and no script. */
export function terminalSvg({ command, output, exitCode }) {
  const lines = [
    [
      { text: '$ ', classes: ['dim'] },
      { text: command, classes: ['bold'] },
    ],
    [],
    ...parseAnsi(output),
    [],
    [
      { text: '$ ', classes: ['dim'] },
      { text: 'echo $?', classes: ['bold'] },
    ],
    [{ text: String(exitCode), classes: [] }],
  ];
  const columns = Math.max(MIN_COLUMNS, ...lines.map(lengthOf));
  const width = Math.ceil(columns * CELL.width + 2 * PADDING);
  const height = TITLE_BAR + lines.length * CELL.height + 2 * PADDING;
  const plain = lines.map((line) => line.map(({ text }) => text).join('')).join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description">
  <title id="title">A boot that fails, and says why and how to fix it</title>
  <desc id="description">${escapeXml(plain)}</desc>
  <style>${STYLE}
  </style>
  <rect class="window" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10"/>
  <path class="bar" d="M1 ${TITLE_BAR}V10.5A9.5 9.5 0 0 1 10.5 1H${width - 10.5}A9.5 9.5 0 0 1 ${width - 1} 10.5V${TITLE_BAR}Z"/>
  <circle cx="20" cy="18" r="6" fill="#ff5f57"/>
  <circle cx="40" cy="18" r="6" fill="#febc2e"/>
  <circle cx="60" cy="18" r="6" fill="#28c840"/>
${lines.map(lineElement).filter(Boolean).join('\n')}
</svg>
`;
}

function lineElement(line, index) {
  const columns = lengthOf(line);
  if (columns === 0) {
    return '';
  }
  const y = TITLE_BAR + PADDING + index * CELL.height + FONT_SIZE;
  const parts = line.map(({ text, classes }) =>
    classes.length === 0
      ? escapeXml(text)
      : `<tspan class="${classes.join(' ')}">${escapeXml(text)}</tspan>`,
  );
  // Whatever font the reader has, a line is as long as it has characters.
  const length = (columns * CELL.width).toFixed(1);
  return `  <text class="line" x="${PADDING}" y="${y}" textLength="${length}" lengthAdjust="spacingAndGlyphs" xml:space="preserve">${parts.join('')}</text>`;
}

function lengthOf(line) {
  return line.reduce((sum, { text }) => sum + text.length, 0);
}

const COLOURS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

const COLOURED = /^(?<codes>[\d;]*)m(?<text>.*)$/;

/** The lines of a coloured output; each is a list of texts with their classes. */
function parseAnsi(output) {
  const state = { bold: false, dim: false, colour: undefined };
  return output.split('\n').map((line) =>
    line.split('\u001B[').flatMap((piece, index) => {
      const { codes, text } = index === 0 ? { text: piece } : COLOURED.exec(piece).groups;
      if (codes !== undefined) {
        applyCodes(state, codes);
      }
      return text === '' ? [] : [{ text, classes: classesOf(state) }];
    }),
  );
}

function applyCodes(state, codes) {
  for (const code of (codes === '' ? '0' : codes).split(';').map(Number)) {
    if (code === 0) {
      Object.assign(state, { bold: false, dim: false, colour: undefined });
    } else if (code === 1) {
      state.bold = true;
    } else if (code === 2) {
      state.dim = true;
    } else if (code === 22) {
      Object.assign(state, { bold: false, dim: false });
    } else if (code === 39) {
      state.colour = undefined;
    } else if (code === 90) {
      state.colour = 'dim';
    } else if (code >= 30 && code <= 37) {
      state.colour = COLOURS[code - 30];
    } else if (code >= 91 && code <= 97) {
      state.colour = COLOURS[code - 90];
    }
  }
}

function classesOf({ bold, dim, colour }) {
  const isOrdinary = colour === undefined || colour === 'black' || colour === 'white';
  return [bold ? 'bold' : '', dim ? 'dim' : '', isOrdinary ? '' : colour].filter(Boolean);
}

function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
