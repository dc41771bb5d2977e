import { expect } from 'vitest';
import type { Diagnosis } from '../../../lib/diagnosis/diagnosis.interface.js';

/** All words of problems, one line each: what golden files hold. */
export function told(problems: readonly Diagnosis[]): string {
  return problems
    .map(({ code, title, key, detail, fix, ...rest }) =>
      [
        `  ${code}: ${title}`,
        ...(key === undefined ? [] : [`    key     ${key}`]),
        ...(detail === '' ? [] : [`    detail  ${detail}`]),
        ...fix.map((step, index) => `    fix ${index + 1}   ${step}`),
        `    ${rest.httpStatus}, exit code ${rest.exitCode}${rest.retryable ? ', retryable' : ''}`,
      ].join('\n'),
    )
    .join('\n');
}

/** Compares with `golden/NAME.txt`; `-u` after the path of the spec accepts what has changed. */
export async function expectGolden(name: string, parts: readonly string[]): Promise<void> {
  await expect(`${parts.join('\n\n')}\n`).toMatchFileSnapshot(`golden/${name}.txt`);
}
