import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const LIB = fileURLToPath(new URL('../../lib', import.meta.url));
const LENGTH = 100_000;
/** Far above what a linear expression needs on a loaded machine, far below what a quadratic one takes. */
const CPU_LIMIT_MS = 1_000;
const SUSPICIOUS_MS = 5;

interface Expression {
  readonly place: string;
  readonly regExp: RegExp;
}

describe('no input blocks the event loop', () => {
  const expressions = expressionsOf(LIB);

  it('because every regular expression of lib is looked at', () => {
    expect(expressions.length).toBeGreaterThan(100);
  });

  it('and one that backtracks would be found', () => {
    const trailing = /\s+$/;

    expect(
      worstRuns(trailing).some((run) => cpuMs(trailing, run(LENGTH / 10)) > SUSPICIOUS_MS),
    ).toBe(true);
  });

  it.each(expressions.map((expression) => [expression.place, expression.regExp] as const))(
    '%s: %s takes linear time on its worst inputs',
    (_place, regExp) => {
      // What is quick on a tenth is not asked again: a quadratic expression takes a hundredth of its time.
      const slow = worstRuns(regExp)
        .filter((run) => cpuMs(regExp, run(LENGTH / 10)) > SUSPICIOUS_MS)
        .filter((run) => cpuMs(regExp, run(LENGTH)) > CPU_LIMIT_MS);

      expect(slow.map((run) => `${JSON.stringify(run(40))}…`)).toEqual([]);
    },
  );
});

/** Every match counts, as in a replacement. */
function cpuMs(regExp: RegExp, input: string): number {
  const flags = regExp.flags.replaceAll(/[gy]/g, '');
  const before = process.cpuUsage();
  input.replaceAll(new RegExp(regExp.source, `${flags}g`), '');
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/**
 * Long runs of what the expression itself is made of: its words, its punctuation, the members of its
 * classes, alone and in pairs, with an end on which a match fails.
 */
function worstRuns({ source }: RegExp): ((length: number) => string)[] {
  const words = source.match(/[A-Za-z]{2,}/g) ?? [];
  const marks = source.replaceAll(/\\[dwsDWSbBnrtvfupPxkc]/g, '').match(/[^A-Za-z0-9]/g) ?? [];
  const members = [
    ...(source.includes('\\s') ? [' ', '\n'] : []),
    ...(source.includes('\\d') ? ['1'] : []),
    ...(/\\w|[a-zA-Z]-[a-zA-Z]/.test(source) ? ['a', 'A1'] : []),
    'x',
  ];
  const seeds = [...new Set([...words.slice(0, 3), ...marks.slice(0, 5), ...members])].slice(0, 10);
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
      const source = ts.createSourceFile(
        path,
        readFileSync(path, 'utf8'),
        ts.ScriptTarget.Latest,
        true,
      );
      const found: Expression[] = [];
      const visit = (node: ts.Node): void => {
        if (ts.isRegularExpressionLiteral(node)) {
          const { line } = source.getLineAndCharacterOfPosition(node.getStart());
          const end = node.text.lastIndexOf('/');
          found.push({
            place: `${relative(LIB, path)}:${line + 1}`,
            regExp: new RegExp(node.text.slice(1, end), node.text.slice(end + 1)),
          });
        }
        ts.forEachChild(node, visit);
      };
      visit(source);
      return found;
    });
}
