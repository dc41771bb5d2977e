import { wrap } from '../diagnosis/render/report-layout.js';
import { toAscii } from '../diagnosis/render/render-terminal.js';
import type { TerminalCapabilities } from '../diagnosis/render/terminal-capabilities.js';

const BOLD = '1';
const CYAN = '36';
const CODE_INDENT = '    ';

/** A page of docs/errors.md for a terminal: no Markdown, wrapped to its width, headings bold. */
export function pageAsText(page: string, terminal: TerminalCapabilities): string {
  let isCode = false;
  const lines = page.split('\n').flatMap((line) => {
    if (line.startsWith('```')) {
      isCode = !isCode;
      return [];
    }
    return isCode
      ? [paint(`${CODE_INDENT}${line}`.trimEnd(), CYAN, terminal)]
      : prose(line, terminal);
  });
  const shown = terminal.unicode ? lines : lines.map(toAscii);
  return `${shown.join('\n')}\n`;
}

function prose(line: string, terminal: TerminalCapabilities): readonly string[] {
  const plain = line.replaceAll('`', '');
  const heading = /^(?:#{1,6} (.{1,200})|\*\*(.{1,200})\*\*)$/.exec(plain);
  if (heading !== null) {
    return [paint(heading[1] ?? heading[2] ?? '', BOLD, terminal)];
  }
  const [marker = ''] = /^(?:- |\d{1,3}\. )/.exec(plain) ?? [];
  const [first = '', ...rest] = wrap(plain.slice(marker.length), terminal.width - marker.length);
  return [`${marker}${first}`, ...rest.map((part) => `${' '.repeat(marker.length)}${part}`)];
}

function paint(text: string, style: string, { color }: TerminalCapabilities): string {
  return color && text !== '' ? `\u001b[${style}m${text}\u001b[0m` : text;
}
