import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HOMEPAGE } from '../../lib/diagnosis/library.js';

interface Manifest {
  readonly homepage: string;
  readonly exports: Readonly<
    Record<string, Readonly<Record<'import' | 'require', Readonly<Record<string, string>>>>>
  >;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

const manifest: Manifest = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

describe('package.json', () => {
  it('has the homepage the diagnoses link to', () => {
    expect(manifest.homepage).toBe(`${HOMEPAGE}#readme`);
  });

  const entries = Object.entries(manifest.exports).filter(([path]) => path !== './package.json');

  it('gives every entry the conditions module-sync, module, import and require, in that order', () => {
    expect(entries.map(([path]) => path)).toEqual(['.', './terminus', './testing']);
    for (const [, conditions] of entries) {
      expect(Object.keys(conditions)).toEqual(['module-sync', 'module', 'import', 'require']);
    }
  });

  // ncc knows none of the first two; `production` is the one condition that it sets for `require`, and Jest does not.
  it('gives ncc for require what it gives for import', () => {
    for (const [, { import: imported, require: required }] of entries) {
      expect(required['production']).toBe(imported['default']);
    }
  });

  it('explains every runtime dependency in docs/dependencies.md', () => {
    const reasons = readFileSync(new URL('../../docs/dependencies.md', import.meta.url), 'utf8');
    const { dependencies, peerDependencies } = manifest;
    for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
      expect(reasons).toContain(`\`${name}\``);
    }
  });
});
