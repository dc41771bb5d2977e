import type { Diagnosis } from '../diagnosis.interface.js';
import { layOutReport, type ReportOptions, type SpanRole } from './report-layout.js';
import { paint, type TerminalCapabilities } from './terminal-capabilities.js';

const DEFAULT_WIDTH = 100;

/** Renders the plain report, for the error's stack and for log files. */
export function renderReport(
  diagnoses: readonly Diagnosis[],
  { width = DEFAULT_WIDTH, ...options }: ReportOptions & { readonly width?: number } = {},
): string {
  return layOutReport(diagnoses, width, options)
    .map((line) =>
      line
        .map(({ text }) => text)
        .join('')
        .trimEnd(),
    )
    .join('\n');
}

/** Select Graphic Rendition parameters. Only bold and the first eight colours look right in every theme. */
const STYLES: Readonly<Record<SpanRole, string>> = {
  code: '1;31',
  title: '1',
  fix: '1',
  label: '2',
  text: '',
  command: '36',
};

/** Renders the report for a terminal. */
export function renderTerminal(
  diagnoses: readonly Diagnosis[],
  { color, width, unicode }: TerminalCapabilities,
  options: ReportOptions = {},
): string {
  const lines = layOutReport(unicode ? diagnoses : diagnoses.map(inAscii), width, options);
  return lines
    .map((line) =>
      line
        .map(({ role, text }) => paint(text, STYLES[role], { color }))
        .join('')
        .trimEnd(),
    )
    .join('\n');
}

/** Replaces unsupported characters before the layout, because replacements can be longer. */
function inAscii(diagnosis: Diagnosis): Diagnosis {
  return {
    ...diagnosis,
    title: toAscii(diagnosis.title),
    detail: toAscii(diagnosis.detail),
    key: diagnosis.key === undefined ? undefined : toAscii(diagnosis.key),
    fix: diagnosis.fix.map(toAscii),
  };
}

const SPELLINGS: Readonly<Record<string, string>> = {
  '…': '...',
  '–': '-',
  '—': '-',
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '→': '->',
};

/** Converts text for terminals without Unicode: known signs are spelled out, others named by code point. */
export function toAscii(text: string): string {
  return text.replace(/[^\u0020-\u007e]/gu, (character) => {
    const codePoint = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return SPELLINGS[character] ?? `<U+${codePoint}>`;
  });
}
