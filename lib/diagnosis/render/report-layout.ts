import { CATALOGUE, type DiagnosisCode, EXIT_CODE } from '../catalogue.js';
import { cliCommand } from '../cli-command.js';
import type { Diagnosis } from '../diagnosis.interface.js';
import { toOneLine } from '../redact/clean-text.js';

export type SpanRole = 'code' | 'title' | 'fix' | 'label' | 'text' | 'command';

/** A piece of a line, with its role. */
export interface Span {
  readonly role: SpanRole;
  readonly text: string;
}

/** The pieces of a line; empty for an empty line. */
export type ReportLine = readonly Span[];

const INDENT = 2;
const LABEL_WIDTH = 8;
/** The minimum width of a column of prose. */
const MIN_WIDTH = 40;

/** The parts of a report beyond its diagnoses. */
export interface ReportOptions {
  /** The `name` of the module instance; absent for the unnamed one. */
  readonly instance?: string | undefined;
  /** The command under `Check`; `npx nestjs-cohere doctor` unless given, `false` for a report of the doctor itself. */
  readonly checkCommand?: string | false | undefined;
}

/** Returns the doctor command for the key in a variable: `npx nestjs-cohere doctor --env COHERE_EU_API_KEY`. */
export function doctorCommand(variable = 'COHERE_API_KEY'): string {
  const command = `${cliCommand()} doctor`;
  return variable === 'COHERE_API_KEY' ? command : `${command} --env ${variable}`;
}

/** Returns the lines of the report without colour, the layout of plain text and terminal. */
export function layOutReport(
  found: readonly Diagnosis[],
  wantedWidth: number,
  { instance, checkCommand = doctorCommand() }: ReportOptions = {},
): readonly ReportLine[] {
  const diagnoses = inReportOrder(found).map(printable);
  const width = Math.max(MIN_WIDTH, wantedWidth);
  const summary = summarise(diagnoses, instance);
  if (summary === undefined) {
    return [];
  }
  const heading = layOutHeading(summary, 0, width);
  const check =
    checkCommand === false ? [] : [layOutCommand('Check', toOneLine(checkCommand), INDENT)];
  const [first] = diagnoses;
  if (diagnoses.length === 1 && first !== undefined) {
    const module =
      instance === undefined ? [] : layOutText('Module', describeModule(instance), INDENT, width);
    return [
      ...heading,
      [],
      ...layOutBody(first, INDENT, width),
      ...module,
      ...check,
      layOutMore(first, INDENT),
    ];
  }
  const problems = diagnoses.flatMap((diagnosis, index) => {
    const number = `${index + 1}. `;
    const indent = INDENT + number.length;
    return [
      ...numbered(layOutHeading(diagnosis, indent, width), number),
      [],
      ...layOutBody(diagnosis, indent, width),
      layOutMore(diagnosis, indent),
      [],
    ];
  });
  return [
    ...heading,
    [],
    ...(check.length === 0 ? problems.slice(0, -1) : [...problems, ...check]),
  ];
}

/** Sorts the key's problem first: it is the likeliest cause, and often causes the others. */
export function inReportOrder(diagnoses: readonly Diagnosis[]): readonly Diagnosis[] {
  return diagnoses.toSorted(
    (one, other) => Number(CATALOGUE[other.code].aboutKey) - Number(CATALOGUE[one.code].aboutKey),
  );
}

/** Makes a diagnosis safe for a terminal: file names and option values may contain control characters. */
export function printable(diagnosis: Diagnosis): Diagnosis {
  return {
    ...diagnosis,
    title: toOneLine(diagnosis.title),
    detail: toOneLine(diagnosis.detail),
    fix: diagnosis.fix.map(toOneLine),
    key: diagnosis.key === undefined ? undefined : toOneLine(diagnosis.key),
  };
}

/** Lays out a heading: the title wraps under itself, or under a code that takes half the width. */
function layOutHeading(
  { code, title }: Pick<Diagnosis, 'code' | 'title'>,
  indent: number,
  width: number,
): readonly ReportLine[] {
  const hanging = indent + code.length + 2 > width / 2 ? indent + INDENT : indent + code.length + 2;
  const [firstLine = '', ...others] = wrap(title, width - indent - code.length - 2);
  return [
    [
      { role: 'code', text: code },
      { role: 'title', text: `  ${firstLine}` },
    ],
    ...wrapRest(others, width - hanging).map((line): ReportLine => [
      { role: 'title', text: `${' '.repeat(hanging)}${line}` },
    ]),
  ];
}

function wrapRest(lines: readonly string[], width: number): readonly string[] {
  return lines.length === 0 ? [] : wrap(lines.join(' '), width);
}

function layOutBody(diagnosis: Diagnosis, indent: number, width: number): readonly ReportLine[] {
  const { detail, fix, key, upstream } = diagnosis;
  const found = [key, detail].filter(isText);
  return [
    ...fix.flatMap((step, index) =>
      layOutText(index === 0 ? 'Fix' : '', step, indent, width, `${index + 1}. `),
    ),
    ...found.flatMap((text, index) => layOutText(index === 0 ? 'Found' : '', text, indent, width)),
    ...(upstream?.requestId === undefined
      ? []
      : layOutText('Request', upstream.requestId, indent, width)),
  ];
}

function layOutText(
  label: string,
  text: string,
  indent: number,
  width: number,
  number = '',
): readonly ReportLine[] {
  const column = indent + LABEL_WIDTH + number.length;
  return wrap(text, width - column).map((line, index) =>
    index === 0
      ? [layOutLabel(label, indent), { role: 'text', text: `${number}${line}` }]
      : [{ role: 'text', text: `${' '.repeat(column)}${line}` }],
  );
}

/** Lays out a command, never wrapped, so that it can be copied. */
function layOutCommand(label: string, command: string, indent: number): ReportLine {
  return [layOutLabel(label, indent), { role: 'command', text: command }];
}

function layOutMore({ code }: Diagnosis, indent: number): ReportLine {
  return layOutCommand('More', `${cliCommand()} explain ${code}`, indent);
}

function layOutLabel(label: string, indent: number): Span {
  const role = label === 'Fix' ? 'fix' : 'label';
  return { role, text: `${' '.repeat(indent)}${label.padEnd(LABEL_WIDTH)}` };
}

/** Replaces the indent of a heading by the number of its problem. */
function numbered(heading: readonly ReportLine[], number: string): readonly ReportLine[] {
  const [first = [], ...rest] = heading;
  return [[{ role: 'text', text: `${' '.repeat(INDENT)}${number}` }, ...first], ...rest];
}

/** Folds white space and breaks a text into lines of at most `width` characters. A longer word, such as a URL, stays whole. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.trim().split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** Names an instance: `CohereModule "eu"`, or the unnamed one. */
export function describeModule(instance: string | undefined): string {
  return instance === undefined ? 'CohereModule' : `CohereModule "${toOneLine(instance)}"`;
}

/** Returns one line of a boot's log, with the name of a named instance, safe for a terminal. */
export function bootLine(instance: string | undefined, text: string): string {
  return toOneLine(instance === undefined ? text : `${describeModule(instance)}: ${text}`);
}

/** Returns the findings in one line: the key, then the details. */
export function describeFound({ key, detail }: Pick<Diagnosis, 'key' | 'detail'>): string {
  return [key, detail].filter(isText).join('. ');
}

function isText(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

/** Returns the heading over all problems. */
export interface Summary {
  readonly code: DiagnosisCode;
  readonly title: string;
  readonly exitCode: number;
}

/** Returns the title: that of a single problem, or a common one. */
export function summarise(
  diagnoses: readonly Diagnosis[],
  instance: string | undefined,
): Summary | undefined {
  const [first, ...others] = diagnoses;
  if (first === undefined || others.length === 0) {
    return first;
  }
  return {
    code: 'COHERE_CONFIG_INVALID',
    title: `${diagnoses.length} problems in the configuration of ${describeModule(instance)}.`,
    exitCode: EXIT_CODE.configuration,
  };
}
