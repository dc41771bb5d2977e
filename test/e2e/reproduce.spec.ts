import { describe, expect, it } from 'vitest';
import { CATALOGUE, DIAGNOSIS_CODES } from '../../lib/diagnosis/catalogue.js';
import { SampleProcess } from './support/sample-process.js';

const COMMANDS = DIAGNOSIS_CODES.map((code) => [code, CATALOGUE[code].reproduce] as const).filter(
  ([, command]) => command.endsWith(' npm start'),
);

/** `npm start` runs the sample, with the variables that stand before it. */
function variablesOf(command: string): Record<string, string> {
  const assignments = command.matchAll(/([A-Z_]+)=(?:'([^']*)'|(\S*)) /g);
  return Object.fromEntries(
    [...assignments].map(([, name = '', quoted, bare = '']) => [name, quoted ?? bare]),
  );
}

describe('the command under "How to see it" shows its code in this repository', () => {
  it.concurrent.each(COMMANDS)('%s', async (code, command) => {
    const sample = new SampleProcess({ environment: variablesOf(command) });

    expect(await sample.exitCodeOfFailedBoot()).toBe(CATALOGUE[code].exitCode);
    expect(sample.output).toContain(`${code}  `);
  });
});
