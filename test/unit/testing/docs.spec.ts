import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { EmulatorFault, EmulatorOptions } from 'nestjs-cohere/testing';
import { KEY_STATES } from '../../../lib/testing/emulator/keys.js';

const page = read('../../../docs/testing.md');
const shown = [...page.matchAll(/<!-- file: (?<name>\S+) -->\s+```ts\n(?<code>[\s\S]*?)```/g)].map(
  ({ groups }) => ({ name: groups?.['name'] ?? '', code: groups?.['code'] ?? '' }),
);

const OPTIONS: Record<keyof EmulatorOptions, true> = {
  port: true,
  host: true,
  keys: true,
  apiKeyHeader: true,
  latencyMs: true,
  score: true,
  clock: true,
  models: true,
  invalidKeyAnswer: true,
  acceptLegacyFields: true,
  onRequest: true,
};

const FAULTS: Record<EmulatorFault['kind'], true> = {
  status: true,
  latency: true,
  hang: true,
  reset: true,
  truncate: true,
  html: true,
  'non-json': true,
  'wrong-shape': true,
};

describe('docs/testing.md', () => {
  it.each(shown)('shows $name as it is run', ({ name, code }) => {
    const source = read(`recipes/${name}`).replace(/^\/\/ oxlint-disable.*\n/, '');
    expect(code).toBe(source);
  });

  it('shows every recipe, and no code that is not run', () => {
    const files = readdirSync(new URL('recipes', import.meta.url));
    expect(shown.map(({ name }) => name).toSorted()).toEqual(files.toSorted());
    expect(page.match(/```ts\n/g)).toHaveLength(shown.length);
  });

  it.each([...Object.keys(OPTIONS), ...Object.keys(FAULTS), ...KEY_STATES])(
    'has a row for %s',
    (name) => {
      expect(page).toMatch(new RegExp(`^\\| \`${name}\` `, 'm'));
    },
  );
});

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}
