import { editsBetween } from '../config/closest-name.js';
import { CATALOGUE, DIAGNOSIS_CODES, type DiagnosisCode } from '../diagnosis/catalogue.js';
import { cliCommand } from '../diagnosis/cli-command.js';
import { readOptions, UsageError } from './read-options.js';
import { type CliIo, EXPLAIN_USAGE, quoteArgument } from './usage.js';
import { wrap } from '../diagnosis/render/report-layout.js';
import {
  paint,
  readTerminalCapabilities,
  type TerminalCapabilities,
} from '../diagnosis/render/terminal-capabilities.js';
import { toAscii } from '../diagnosis/render/render-report.js';
import { RERANK } from '../rerank/rerank-operation.js';

const OPTIONS = { help: { type: 'boolean', short: 'h' } } as const;

/**
 * Runs `nestjs-cohere explain [CODE]`: prints the page of one code from docs/errors.md, or the list of all codes.
 *
 * @returns the exit code
 * @throws UsageError
 */
export async function explain(commandArguments: readonly string[], io: CliIo): Promise<number> {
  const read = readOptions('explain', commandArguments, OPTIONS, true);
  if (read.has('help')) {
    io.stdout.write(EXPLAIN_USAGE);
    return 0;
  }
  const [name, ...others] = read.words;
  if (name === undefined) {
    io.stdout.write(
      listCodes(
        readTerminalCapabilities(io.stdout, io.environment),
        cliCommand(io.environment, io.workingDirectory),
      ),
    );
    return 0;
  }
  if (others.length > 0) {
    throw new UsageError('explain takes one code at a time.');
  }
  const [code, ...alsoMeant] = findCodes(name);
  if (code === undefined) {
    throw new UsageError(describeUnknown(name));
  }
  if (alsoMeant.length > 0) {
    const codes = [code, ...alsoMeant].join(', ');
    throw new UsageError(`${quoteArgument(name)} may be ${codes}.`);
  }
  const { renderErrorPage } = await import('../diagnosis/render/render-error-page.js');
  const page = renderErrorPage(code, RERANK);
  const terminal = readTerminalCapabilities(io.stdout, io.environment);
  // A pipe gets Markdown, as in docs/errors.md, unless colour is forced.
  io.stdout.write(
    io.stdout.isTTY === true || terminal.color ? pageAsText(page, terminal) : `${page}\n`,
  );
  return 0;
}

function listCodes(terminal: TerminalCapabilities, command: string): string {
  const width = Math.max(...DIAGNOSIS_CODES.map((code) => code.length));
  const lines = DIAGNOSIS_CODES.map(
    (code) => `${paint(code.padEnd(width), RED, terminal)}  ${CATALOGUE[code].title}`,
  );
  return `${lines.join('\n')}\n\n${paint(`${command} explain CODE`, CYAN, terminal)} shows one of them.\n`;
}

const PREFIX = 'COHERE_';

/** Returns the code itself, or the codes that end with the input: `rejected`, `API_KEY_EXPIRED`. */
function findCodes(name: string): readonly DiagnosisCode[] {
  const wanted = normalise(name);
  const exact = DIAGNOSIS_CODES.filter((code) => code === wanted);
  const end = wanted.slice(PREFIX.length - 1);
  return exact.length > 0 || end === '_'
    ? exact
    : DIAGNOSIS_CODES.filter((code) => code.endsWith(end));
}

/** Normalizes a code: `api-key-expired` means `COHERE_API_KEY_EXPIRED`. */
function normalise(name: string): string {
  const code = name
    .trim()
    .toUpperCase()
    .replace(/[\s-]+/g, '_');
  return code.startsWith(PREFIX) ? code : `${PREFIX}${code}`;
}

function describeUnknown(name: string): string {
  const closest = DIAGNOSIS_CODES.find((code) => editsBetween(normalise(name), code) <= 2);
  const hint =
    closest === undefined ? 'Without a code, explain lists all.' : `Did you mean ${closest}?`;
  return `there is no code ${quoteArgument(name)}. ${hint}`;
}

const BOLD = '1';
/** The style of a code in a report. */
const RED = '1;31';
const CYAN = '36';
const CODE_INDENT = '    ';

/** Renders a page of docs/errors.md for a terminal: no Markdown, wrapped to its width, headings bold. */
function pageAsText(page: string, terminal: TerminalCapabilities): string {
  let isCode = false;
  const lines = page.split('\n').flatMap((written) => {
    const line = terminal.unicode ? written : toAscii(written);
    if (line.startsWith('```')) {
      isCode = !isCode;
      return [];
    }
    return isCode
      ? [paint(`${CODE_INDENT}${line}`.trimEnd(), CYAN, terminal)]
      : prose(line, terminal);
  });
  return `${lines.join('\n')}\n`;
}

function prose(line: string, terminal: TerminalCapabilities): readonly string[] {
  const plain = line.replaceAll('`', '');
  const heading = /^(?:#{1,6} (.{1,200})|\*\*(.{1,200})\*\*)$/.exec(plain);
  if (heading !== null) {
    const text = heading[1] ?? heading[2] ?? '';
    return [paint(text, text.startsWith(PREFIX) ? RED : BOLD, terminal)];
  }
  const [marker = ''] = /^(?:- |\d{1,3}\. )/.exec(plain) ?? [];
  const [first = '', ...rest] = wrap(plain.slice(marker.length), terminal.width - marker.length);
  return [`${marker}${first}`, ...rest.map((part) => `${' '.repeat(marker.length)}${part}`)];
}
