// Writes the tables of options into docs/configuration.md: npm run docs:configuration
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { runnerImport } from 'vite';

const START = '<!-- settings:start -->';
const END = '<!-- settings:end -->';
const NONE = '–';

/** A page with what is between its markers replaced by the tables. */
export async function withTables(page, tables, path) {
  const [before, rest] = page.split(START);
  const after = rest?.split(END)[1];
  if (after === undefined) {
    throw new Error(`${path} lacks ${START} or ${END}`);
  }
  const text = `${before}${START}\n\n${tables}\n\n${END}${after}`;
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}

/** The options and the extras, as lib/config/settings.ts has them. */
export function tablesOf({ SETTINGS, EXTRAS, OTHER_VARIABLES, mustBe }) {
  const rowOf = ([name, setting]) => [
    code(name),
    setting.variable === undefined ? NONE : code(setting.variable),
    shownDefault(setting),
    allowed(setting, mustBe),
    setting.text,
  ];
  return [
    table(
      ['option', 'environment', 'default', 'allowed', 'what it is'],
      Object.entries(SETTINGS).map(rowOf),
    ),
    'In addition to the options, next to `useFactory` where there is one:',
    table(
      ['extra', 'default', 'allowed', 'what it is'],
      Object.entries(EXTRAS).map((entry) => rowOf(entry).filter((_, column) => column !== 1)),
    ),
    'Read from the environment only:',
    table(
      ['environment', 'what it is'],
      Object.entries(OTHER_VARIABLES).map(([name, text]) => [code(name), text]),
    ),
  ].join('\n\n');
}

function shownDefault({ default: value }) {
  return value === undefined ? NONE : code(value);
}

function allowed({ rule, unit }, mustBe) {
  if (rule.kind === 'integer') {
    return `${number(rule.min)} to ${number(rule.max)}${unit === undefined ? '' : ` ${unit}`}`;
  }
  return rule.kind === 'choice' ? rule.values.map(code).join(', ') : mustBe(rule);
}

function table(head, rows) {
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function line(cells) {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function code(value) {
  return `\`${value}\``;
}

function number(value) {
  return value.toLocaleString('en');
}

export const PAGES = ['docs/configuration.md'].map((page) =>
  fileURLToPath(new URL(`../${page}`, import.meta.url)),
);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const settings = fileURLToPath(new URL('../lib/config/settings.ts', import.meta.url));
  const { module } = await runnerImport(settings, { configFile: false, logLevel: 'error' });
  for (const path of PAGES) {
    writeFileSync(path, await withTables(readFileSync(path, 'utf8'), tablesOf(module), path));
  }
}
