import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect } from 'vitest';
import type { FailureName } from './failures.js';

const DOCUMENT = new URL('../../docs/transports.md', import.meta.url);

/** What docs/transports.md says of every transport, in this order. */
export const DOCUMENTED = {
  rejected: '401, rejected key',
  limited: '429, rate limit',
  late: '504, timeout',
  foreign: 'another error',
} as const satisfies Partial<Record<FailureName, string>>;

export const DOCUMENTED_FAILURES: readonly (keyof typeof DOCUMENTED)[] = [
  'rejected',
  'limited',
  'late',
  'foreign',
];

/** One answer, as columns: what a client of this transport looks at. */
export type Received = Readonly<Record<string, unknown>>;

/** The document shows what Nest 12 does. */
export const isDocumentedNest = nestMajor() === 12;

/**
 * Compares what a real client received with the section of docs/transports.md between
 * `<!-- received: NAME -->` and `<!-- end -->`; `npm run docs:transports` writes it there.
 */
export function expectDocumented(
  name: string,
  received: Readonly<Record<keyof typeof DOCUMENTED, Received>>,
): void {
  const document = readFileSync(DOCUMENT, 'utf8');
  const section = new RegExp(`(<!-- received: ${name} -->\\n)([^]*?)(<!-- end -->)`);
  const table = `\n${toTable(received)}\n\n`;
  expect(document, `docs/transports.md has no section ${name}`).toMatch(section);
  if (process.env['UPDATE_DOCS'] === '1') {
    writeFileSync(
      DOCUMENT,
      document.replace(section, (_, start: string, _old, end: string) => `${start}${table}${end}`),
    );
  } else {
    expect(section.exec(document)?.[2], 'stale: npm run docs:transports').toBe(table);
  }
}

function toTable(received: Readonly<Record<keyof typeof DOCUMENTED, Received>>): string {
  const columns = [...new Set(DOCUMENTED_FAILURES.flatMap((name) => Object.keys(received[name])))];
  const rows = DOCUMENTED_FAILURES.map((name) => [
    DOCUMENTED[name],
    ...columns.map((column) => toCell(received[name][column])),
  ]);
  const lines = [['what failed', ...columns], ...rows];
  const widths =
    lines[0]?.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0))) ?? [];
  const toLine = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [toLine(lines[0] ?? []), rule, ...rows.map(toLine)].join('\n');
}

/** Prose is shown as `…`: it is in docs/errors.md, and would go stale here with every better wording. */
function toCell(value: unknown): string {
  if (value === undefined || value === null || value === '') {
    return '';
  }
  const text = typeof value === 'string' ? value : shown(value);
  return `\`${text}\``;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.length === 0 ? '' : '…'}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([name, field]) => `${name}: ${shown(field)}`);
    return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
  }
  if (typeof value === 'string') {
    return /^[\w-]+(?: [\w-]+){0,2}$/.test(value) ? `'${value}'` : '…';
  }
  return String(value);
}

function nestMajor(): number {
  const { version } = createRequire(import.meta.url)('@nestjs/core/package.json');
  return Number.parseInt(String(version), 10);
}
