import { listShadowed } from '../../config/env-files.js';
import { isHostOfCohere } from '../../diagnosis/library.js';
import { toInert } from '../../diagnosis/redact/clean-text.js';
import { wrap } from '../../diagnosis/render/report-layout.js';
import { renderTerminal, toAscii } from '../../diagnosis/render/render-report.js';
import { paint, type TerminalCapabilities } from '../../diagnosis/render/terminal-capabilities.js';
import { describeLimits } from '../../transport/key-facts.js';
import type { Examination } from './doctor-examination.js';
import type { LiveResult } from './doctor-live.js';
import type { SettingRow } from './doctor-settings.js';

/** The terminal, and the command that runs this library with the app's package manager. */
export interface DoctorTerminal extends TerminalCapabilities {
  /** False for a pipe, where lines are not wrapped, so that they can be searched. */
  readonly isTerminal: boolean;
  readonly command: string;
}

const INDENT = '  ';
const DIM = '2';
const RED = '31';
const GREEN = '32';
const YELLOW = '33';

/** Renders the report: every setting, then the problems, then one summary line. */
export function doctorReport(
  examination: Examination,
  live: LiveResult | undefined,
  terminal: DoctorTerminal,
): string {
  const { rows, problems } = examination;
  const found = live?.diagnosis === undefined ? problems : [...problems, live.diagnosis];
  const warnings = warningsOf(examination, live);
  const blocks = [
    table(rows, terminal),
    readFrom(examination, terminal),
    warnings.map((text) => marked('!', YELLOW, text, terminal)).join('\n'),
    found.length === 0 ? '' : renderTerminal(found, terminal, { checkCommand: false }),
    found.length > 0 ? '' : verdict(examination, live, warnings.length, terminal),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function warningsOf({ notices }: Examination, live: LiveResult | undefined): string[] {
  return [
    ...notices.map(({ message }) => message),
    ...(live?.isEmulator === true
      ? ['The base URL is the emulator of nestjs-cohere: Cohere itself was not asked.']
      : []),
    ...(live?.trialLimits === undefined
      ? []
      : [`The key is a trial key, limited to ${describeLimits(live.trialLimits)}.`]),
    ...(live?.warnings ?? []),
  ];
}

function table(rows: readonly SettingRow[], terminal: DoctorTerminal): string {
  const nameWidth = Math.max(...rows.map(({ name }) => name.length));
  const valueWidth = Math.min(44, Math.max(...rows.map(({ value }) => value.length)));
  return rows
    .flatMap(({ name, value, source = '', shadowed, isWrong, note }) => {
      const isOwn = source !== '' && source !== 'the default';
      const style = styleOf(isWrong, isOwn);
      const cells = [
        { text: name, width: nameWidth },
        { text: legible(value, terminal), width: valueWidth, style },
        { text: legible(source, terminal), width: 0 },
      ];
      const further = [
        ...(note === undefined ? [] : [legible(note, terminal)]),
        ...(shadowed.length === 0
          ? []
          : [`overrides ${legible(listShadowed(shadowed), terminal)}`]),
      ];
      return [
        ...layOutCells(cells, terminal),
        ...further.flatMap((text) => paragraph(text, `${INDENT}${INDENT}`, terminal)),
      ];
    })
    .join('\n');
}

interface Cell {
  readonly text: string;
  readonly width: number;
  readonly style?: string;
}

/** Joins cells in one line as far as they fit, and puts the others below. */
function layOutCells(cells: readonly Cell[], terminal: DoctorTerminal): string[] {
  const lines: string[] = [];
  let line = '';
  let length = 0;
  for (const { text, width, style = '' } of cells.filter((cell) => cell.text !== '')) {
    if (length > 0 && length + 2 + text.length > lineWidth(terminal)) {
      lines.push(line.trimEnd());
      line = `${INDENT}${INDENT}`;
      length = line.length;
    } else {
      line += INDENT;
      length += INDENT.length;
    }
    line += `${paint(text, style, terminal)}${' '.repeat(Math.max(0, width - text.length))}`;
    length += Math.max(width, text.length);
  }
  return [...lines, line.trimEnd()];
}

function styleOf(isWrong: boolean, isOwn: boolean): string {
  return isWrong && isOwn ? RED : isOwn ? '' : DIM;
}

function readFrom({ files }: Examination, terminal: DoctorTerminal): string {
  const read = files.length === 0 ? 'no .env file' : legible(files.join(', '), terminal);
  return [
    `Read the environment and ${read}, as ConfigModule.forRoot() does.`,
    'Options given to CohereModule in code win over all this, and are not seen here.',
  ]
    .flatMap((text) => paragraph(text, INDENT, terminal))
    .join('\n');
}

/** Returns the summary: the checks that ran, and those that did not. */
function verdict(
  { configuration }: Examination,
  live: LiveResult | undefined,
  warnings: number,
  terminal: DoctorTerminal,
): string {
  const key = `${configuration?.keySource.name ?? ''} (${configuration?.apiKey?.fingerprint ?? 'no key'})`;
  if (live === undefined) {
    const checked =
      warnings === 0
        ? 'The settings are valid.'
        : `No setting is invalid, but see the ${warnings === 1 ? 'warning' : `${warnings} warnings`} above.`;
    const unchecked = `Not checked: whether the key is accepted (${terminal.command} doctor --live).`;
    const line = `${checked} ${unchecked}`;
    return warnings > 0 ? marked('!', YELLOW, line, terminal) : good(line, terminal);
  }
  const model = configuration?.settings.model ?? '';
  const { hostname } = new URL(configuration?.settings.baseUrl ?? 'https://api.cohere.com');
  const judge = live.isEmulator ? 'the emulator' : isHostOfCohere(hostname) ? 'Cohere' : hostname;
  const outcome = {
    key: `${judge} accepts it`,
    model: `${judge} accepts it, and ${model} serves rerank`,
    rerank: `${model} reranked a document with it`,
  }[live.mode];
  const organization =
    live.organizationId === undefined ? '' : `; organization ${live.organizationId}`;
  return live.diagnosis === undefined
    ? good(`${key}: ${outcome}${organization} (${live.durationMs} ms).`, terminal)
    : '';
}

function good(text: string, terminal: DoctorTerminal): string {
  return marked(terminal.unicode ? '✓' : 'ok', GREEN, text, terminal);
}

function marked(mark: string, style: string, text: string, terminal: DoctorTerminal): string {
  const indent = `${INDENT}${' '.repeat(mark.length + 1)}`;
  const [first = '', ...others] = paragraph(legible(text, terminal), indent, terminal);
  const head = `${INDENT}${paint(mark, style, terminal)} ${first.slice(indent.length)}`;
  return [head, ...others].join('\n');
}

function lineWidth({ isTerminal, width }: DoctorTerminal): number {
  return isTerminal ? width : Infinity;
}

function paragraph(text: string, indent: string, terminal: DoctorTerminal): string[] {
  return wrap(text, lineWidth(terminal) - indent.length).map((line) => `${indent}${line}`);
}

/** Returns foreign text without workflow commands, in characters that the terminal can show. */
function legible(text: string, { unicode }: DoctorTerminal): string {
  const inert = toInert(text);
  return unicode ? inert : toAscii(inert);
}
