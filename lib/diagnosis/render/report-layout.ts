import { type DiagnosisCode, EXIT_CODE } from '../catalogue.js';
import type { Diagnosis } from '../diagnosis.interface.js';

export type SpanRole = 'code' | 'title' | 'label' | 'text' | 'command';

/** A piece of a line, and what it is. */
export interface Span {
  readonly role: SpanRole;
  readonly text: string;
}

/** An empty one is an empty line. */
export type ReportLine = readonly Span[];

const INDENT = 2;
const LABEL_WIDTH = 8;
/** Narrower columns of prose cannot be read. */
const NARROWEST = 40;

/**
 * The lines of the report, without colour: the one layout that plain text and terminal share.
 *
 * @param namesDoctor whether the doctor is offered; not where it is the doctor that reports
 */
export function layOutReport(
  diagnoses: readonly Diagnosis[],
  wantedWidth: number,
  namesDoctor = true,
): readonly ReportLine[] {
  const width = Math.max(NARROWEST, wantedWidth);
  const summary = summarise(diagnoses);
  if (summary === undefined) {
    return [];
  }
  const heading = layOutHeading(summary, 0, width);
  const check = namesDoctor ? [layOutCommand('Check', 'npx nestjs-cohere doctor', INDENT)] : [];
  const [first] = diagnoses;
  if (diagnoses.length === 1 && first !== undefined) {
    return [
      ...heading,
      [],
      ...layOutBody(first, INDENT, width),
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
  return [...heading, [], ...(namesDoctor ? [...problems, ...check] : problems.slice(0, -1))];
}

/** The title wraps under itself where it can, and under the code where the code takes half the width. */
function layOutHeading(
  { code, title }: Pick<Diagnosis, 'code' | 'title'>,
  indent: number,
  width: number,
): readonly ReportLine[] {
  const hanging = indent + code.length + 2 > width / 2 ? indent + INDENT : indent + code.length + 2;
  const [firstLine = '', ...others] = wrap(title, width - indent - code.length - 2);
  return [
    [
      { role: 'code', text: `${' '.repeat(indent)}${code}` },
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
  const found = [key, detail].filter((text) => text !== undefined && text !== '');
  return [
    ...found.flatMap((text, index) =>
      layOutText(index === 0 ? 'Found' : '', text ?? '', '', indent, width),
    ),
    ...fix.flatMap((step, index) =>
      layOutText(index === 0 ? 'Fix' : '', step, `${index + 1}. `, indent, width),
    ),
    ...(upstream?.requestId === undefined
      ? []
      : layOutText('Request', upstream.requestId, '', indent, width)),
  ];
}

function layOutText(
  label: string,
  text: string,
  number: string,
  indent: number,
  width: number,
): readonly ReportLine[] {
  const column = indent + LABEL_WIDTH + number.length;
  return wrap(text, width - column).map((line, index) =>
    index === 0
      ? [layOutLabel(label, indent), { role: 'text', text: `${number}${line}` }]
      : [{ role: 'text', text: `${' '.repeat(column)}${line}` }],
  );
}

/** Never wrapped, so that it can be copied. */
function layOutCommand(label: string, command: string, indent: number): ReportLine {
  return [layOutLabel(label, indent), { role: 'command', text: command }];
}

function layOutMore({ code }: Diagnosis, indent: number): ReportLine {
  return layOutCommand('More', `npx nestjs-cohere explain ${code}`, indent);
}

function layOutLabel(label: string, indent: number): Span {
  return { role: 'label', text: `${' '.repeat(indent)}${label.padEnd(LABEL_WIDTH)}` };
}

/** Puts the number of a problem where the indent of its heading is. */
function numbered(heading: readonly ReportLine[], number: string): readonly ReportLine[] {
  const [[code, ...title] = [], ...rest] = heading;
  const text = `${' '.repeat(INDENT)}${number}`;
  return code === undefined
    ? heading
    : [[{ role: 'text', text }, { ...code, text: code.text.trimStart() }, ...title], ...rest];
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

/** What was found, in one line: the key, then what was seen of it. */
export function describeFound({ key, detail }: Pick<Diagnosis, 'key' | 'detail'>): string {
  return [key, detail].filter((text) => text !== undefined && text !== '').join('. ');
}

/** One heading over all problems. */
export interface Summary {
  readonly code: DiagnosisCode;
  readonly title: string;
  readonly exitCode: number;
}

/** A single problem heads itself; several are problems of the configuration. */
export function summarise(diagnoses: readonly Diagnosis[]): Summary | undefined {
  const [first, ...others] = diagnoses;
  if (first === undefined || others.length === 0) {
    return first;
  }
  return {
    code: 'COHERE_CONFIG_INVALID',
    title: `${diagnoses.length} problems in the configuration of CohereModule.`,
    exitCode: EXIT_CODE.configuration,
  };
}
