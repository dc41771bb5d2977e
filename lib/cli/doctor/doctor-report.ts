import { listShadowed } from '../../config/env-files.js';
import type { TerminalCapabilities } from '../../diagnosis/render/terminal-capabilities.js';
import { describeLimits } from '../../transport/key-facts.js';
import type { Examination } from './doctor-examination.js';
import type { LiveResult } from './doctor-live.js';
import type { SettingRow } from './doctor-settings.js';
import { renderTerminal, toAscii } from '../../diagnosis/render/render-report.js';

const INDENT = '  ';
const DIM = '2';
const RED = '31';
const GREEN = '32';
const YELLOW = '33';

/** What a person reads: every setting, then what is wrong, then one line that sums it up. */
export function doctorReport(
  examination: Examination,
  live: LiveResult | undefined,
  terminal: TerminalCapabilities,
): string {
  const { rows, problems, notices } = examination;
  const found = live?.diagnosis === undefined ? problems : [...problems, live.diagnosis];
  const blocks = [
    table(rows, terminal),
    readFrom(examination, terminal),
    [...notices.map(({ message }) => message), ...liveNotices(live)]
      .map((message) => noticeLine(message, terminal))
      .join('\n'),
    found.length === 0 ? '' : renderTerminal(found, terminal, { checkCommand: false }),
    verdict(examination, live, terminal),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function table(rows: readonly SettingRow[], terminal: TerminalCapabilities): string {
  const nameWidth = Math.max(...rows.map(({ name }) => name.length));
  const valueWidth = Math.min(44, Math.max(...rows.map(({ value }) => value.length)));
  return rows
    .flatMap(({ name, value, source, shadowed, isWrong }) => {
      const isOwn = source !== undefined && source !== 'the default';
      const shown = legible(value, terminal).padEnd(valueWidth);
      const line = `${INDENT}${name.padEnd(nameWidth)}  ${paint(shown, styleOf(isWrong, isOwn), terminal)}`;
      const hidden =
        shadowed.length === 0
          ? []
          : [`${INDENT}${INDENT}hides ${legible(listShadowed(shadowed), terminal)}`];
      return [`${line}  ${legible(source ?? '', terminal)}`.trimEnd(), ...hidden];
    })
    .join('\n');
}

function styleOf(isWrong: boolean, isOwn: boolean): string | undefined {
  return isWrong && isOwn ? RED : isOwn ? undefined : DIM;
}

function readFrom({ files }: Examination, terminal: TerminalCapabilities): string {
  const read = files.length === 0 ? 'no .env file' : legible(files.join(', '), terminal);
  return (
    `${INDENT}Read the environment and ${read}, as ConfigModule.forRoot() does.\n` +
    `${INDENT}Options given to CohereModule in code win over all this, and are not seen here.`
  );
}

function liveNotices(live: LiveResult | undefined): readonly string[] {
  return live === undefined
    ? []
    : [
        ...(live.trialLimits === undefined
          ? []
          : [`The key is a trial key, limited to ${describeLimits(live.trialLimits)}.`]),
        ...live.warnings,
      ];
}

function noticeLine(message: string, terminal: TerminalCapabilities): string {
  return `${INDENT}${paint('!', YELLOW, terminal)} ${legible(message, terminal)}`;
}

function verdict(
  { problems, configuration }: Examination,
  live: LiveResult | undefined,
  terminal: TerminalCapabilities,
): string {
  if (problems.length > 0) {
    return '';
  }
  const key = `${legible(configuration?.keySource.name ?? '', terminal)} (${configuration?.apiKey?.fingerprint ?? 'no key'})`;
  const good = `${INDENT}${paint(terminal.unicode ? '✓' : 'ok', GREEN, terminal)}`;
  if (live === undefined) {
    return `${good} Nothing is wrong with the configuration. Whether Cohere accepts the key: npx nestjs-cohere doctor --live`;
  }
  const model = legible(configuration?.settings.model ?? '', terminal);
  const said = {
    key: 'Cohere accepts it',
    model: `Cohere accepts it, and ${model} serves rerank`,
    rerank: `${model} reranked a document with it`,
  }[live.mode];
  const { organizationId: id } = live;
  const organization = id === undefined ? '' : `; organization ${legible(id, terminal)}`;
  return live.diagnosis === undefined
    ? `${good} ${key}: ${said}${organization} (${live.durationMs} ms).`
    : '';
}

function paint(text: string, style: string | undefined, { color }: TerminalCapabilities): string {
  return color && style !== undefined ? `\u001b[${style}m${text}\u001b[0m` : text;
}

/** What is not ours to word, in the characters the terminal can show. */
function legible(text: string, { unicode }: TerminalCapabilities): string {
  return unicode ? text : toAscii(text);
}
