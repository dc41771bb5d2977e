import { readFileSync, writeFileSync } from 'node:fs';
import { DiagnosedError } from '../../lib/diagnosis/errors.js';
import type { CohereTransport } from '../../lib/transport/cohere-transport.js';

const PAGE = new URL('../../docs/reliability.md', import.meta.url);
const START =
  '<!-- fault table: UPDATE_DOCS=1 npx vitest run --project unit test/faults/rerank-faults -->';
const END = '<!-- end of fault table -->';

interface Row {
  readonly group: string;
  readonly fault: string;
  readonly gets: string;
  readonly attempts: number;
  readonly sockets: number;
  readonly ends: string;
}

export interface ObservedFault {
  readonly group: string;
  readonly fault: string;
  readonly timeoutMs: number;
  readonly transport: CohereTransport;
  readonly call: () => Promise<unknown>;
  /** How often the other end was asked. */
  readonly attempts: () => number;
}

export interface Observation {
  /** What the call was rejected with, if it was. */
  readonly reason: unknown;
  /** Work that it did after its deadline. */
  readonly cpuAfterDeadlineMs: number;
}

/** What happened in the tests of this run; docs/reliability.md shows it. */
export class FaultTable {
  readonly #rows: Row[] = [];

  get size(): number {
    return this.#rows.length;
  }

  /** Lets the call run and notes what became of it. */
  async observe({
    group,
    fault,
    timeoutMs,
    transport,
    call,
    attempts,
  }: ObservedFault): Promise<Observation> {
    // A timer of the same length is late whenever the machine is; what a call does after it is its own.
    let cpuAtDeadline: NodeJS.CpuUsage | undefined;
    const control = setTimeout(() => {
      cpuAtDeadline = process.cpuUsage();
    }, timeoutMs);
    const outcome = await settle(call());
    clearTimeout(control);
    const spent = cpuAtDeadline === undefined ? undefined : process.cpuUsage(cpuAtDeadline);
    const retried = attempts() > 1 ? 'after its attempts' : 'at once';
    this.#rows.push({
      group,
      fault,
      gets: outcome.gets,
      attempts: attempts(),
      sockets: await stable(() => transport.openSockets),
      ends: cpuAtDeadline === undefined ? retried : 'at its deadline',
    });
    return {
      reason: outcome.reason,
      cpuAfterDeadlineMs: ((spent?.user ?? 0) + (spent?.system ?? 0)) / 1_000,
    };
  }

  /** The page as it is, and as it should be; with UPDATE_DOCS=1 it is written first. */
  page(): { readonly found: string; readonly expected: string } {
    const found = readFileSync(PAGE, 'utf8');
    const [before, after] = [found.indexOf(START), found.indexOf(END)];
    const expected = `${found.slice(0, before)}${START}\n\n${this.#render()}\n\n${found.slice(after)}`;
    if (process.env['UPDATE_DOCS'] === '1') {
      writeFileSync(PAGE, expected);
    }
    return { found: readFileSync(PAGE, 'utf8'), expected };
  }

  #render(): string {
    const head = ['Fault', 'The caller gets', 'Attempts', 'Sockets left', 'Ends'];
    const groups = [...new Set(this.#rows.map(({ group }) => group))];
    return groups
      .map((group) => {
        const cells = this.#rows
          .filter((row) => row.group === group)
          .map((row) => [row.fault, row.gets, String(row.attempts), String(row.sockets), row.ends]);
        return `### ${group.charAt(0).toUpperCase()}${group.slice(1)}\n\n${table([head, ...cells])}`;
      })
      .join('\n\n');
  }
}

async function settle(
  call: Promise<unknown>,
): Promise<{ readonly gets: string; readonly reason?: unknown }> {
  try {
    await call;
    return { gets: 'a ranking' };
  } catch (reason) {
    const gets =
      reason instanceof DiagnosedError
        ? `\`${reason.name}\` \`${reason.code}\``
        : "the signal's reason";
    return { gets, reason };
  }
}

/** A socket that is destroyed is gone a moment later. */
async function stable(read: () => number): Promise<number> {
  let value = read();
  for (let same = 0; same < 4; same += 1) {
    // oxlint-disable-next-line no-await-in-loop
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
    const now = read();
    same = now === value ? same : 0;
    value = now;
  }
  return value;
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const all = [head, head.map(() => ''), ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row, at) => {
      const fill = at === 1 ? '-' : ' ';
      return `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(' | ')} |`;
    })
    .join('\n');
}
