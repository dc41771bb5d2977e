import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync, Visitor } from 'rolldown/utils';
import { describe, expect, it } from 'vitest';

const LIB = fileURLToPath(new URL('../../lib', import.meta.url));
/** Enough for exponential cost to show, and for the expression to end all the same. */
const TINY = 20;
/** Where quadratic cost begins to show; a linear expression takes a hundredth of it. */
const SHORT = 1_600;
const LONG = 100_000;
/** Far above what a linear expression needs on a loaded machine, far below what a quadratic one takes for a long input. */
const CPU_LIMIT_MS = 1_000;

interface Expression {
  readonly place: string;
  readonly regExp: RegExp;
}

describe('no input blocks the event loop', () => {
  const expressions = expressionsOf(LIB);

  it('because every regular expression of lib is checked', () => {
    expect(expressions.length).toBeGreaterThan(100);
  });

  it.each([/\s+$/, /<(.*?)>.*x/, /^(.*?),(.*?)x$/, /(?:a+)+$/, /(\w+\s?)*!/, /^(?:.|a)*b$/s])(
    'and one that backtracks would be found: %s',
    (regExp) => {
      expect(slowRun(regExp, 10)).toBeDefined();
    },
  );

  it.each(expressions.map((expression) => [expression.place, expression.regExp] as const))(
    '%s: %s takes linear time on its worst inputs',
    (_place, regExp) => {
      expect(slowRun(regExp)).toBeUndefined();
    },
  );
});

/** The beginning of an input that takes the expression more than the limit, if there is one. */
function slowRun(regExp: RegExp, limitMs = CPU_LIMIT_MS): string | undefined {
  // Every match counts, as in a replacement.
  const everywhere = new RegExp(regExp.source, `${regExp.flags.replaceAll(/[gy]/g, '')}g`);
  return worstRuns(regExp).find((run) => isSlow(everywhere, run, limitMs))?.(40);
}

/** Longer and longer inputs, so that a slow expression is found before it takes minutes. */
function isSlow(regExp: RegExp, run: (length: number) => string, limitMs: number): boolean {
  // More than once, since the garbage collector counts too.
  if ([1, 2, 3].every(() => cpuMs(regExp, run(TINY)) > 1)) {
    return true;
  }
  for (let length = SHORT; length < LONG * 4; length *= 4) {
    const spent = cpuMs(regExp, run(length));
    if (spent > limitMs) {
      return true;
    }
    if (spent < 0.3) {
      return false;
    }
  }
  return false;
}

function cpuMs(regExp: RegExp, input: string): number {
  const before = process.cpuUsage();
  input.replaceAll(regExp, '');
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/**
 * Long runs of what the expression itself is made of: its words, its punctuation, the members of its
 * classes, alone and in pairs, with an end on which a match fails.
 */
function worstRuns({ source }: RegExp): ((length: number) => string)[] {
  const literal = source.replaceAll(/\\[a-zA-Z]/g, '');
  const words = [...(literal.match(/[A-Za-z]{2,}/g) ?? []), ...(literal.match(/[A-Za-z]/g) ?? [])];
  const marks = literal.match(/[^A-Za-z0-9]/g) ?? [];
  const common = marks.filter((mark) => !'^$.*+?()[]{}|\\/'.includes(mark));
  const members = [
    ...(source.includes('\\s') ? [' ', '\n'] : []),
    ...(source.includes('\\d') ? ['1'] : []),
    ...(/\\w|[a-zA-Z]-[a-zA-Z]/.test(source) ? ['a', 'A1'] : []),
    'x',
  ];
  const seeds = [
    ...new Set([...words.slice(0, 3), ...common.slice(0, 3), ...marks.slice(0, 5), ...members]),
  ].slice(0, 12);
  const pairs = seeds.slice(0, 5).flatMap((one) => seeds.slice(0, 5).map((other) => one + other));
  const prefixes = ['', ...words.slice(0, 1), ...marks.slice(0, 1)];
  return [...new Set([...seeds, ...pairs])].flatMap((part) =>
    prefixes.map((prefix) => (length: number) => `${prefix}${part.repeat(length / part.length)}\0`),
  );
}

function expressionsOf(folder: string): Expression[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .flatMap((path) => {
      const source = readFileSync(path, 'utf8');
      const found: Expression[] = [];
      const visitor = new Visitor({
        Literal(node) {
          if ('regex' in node) {
            const line = source.slice(0, node.start).split('\n').length;
            found.push({
              place: `${relative(LIB, path)}:${line}`,
              regExp: new RegExp(node.regex.pattern, node.regex.flags),
            });
          }
        },
      });
      visitor.visit(parseSync(path, source).program);
      return found;
    });
}
