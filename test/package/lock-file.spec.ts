import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Manifest {
  readonly allowScripts: Readonly<Record<string, boolean>>;
}
interface LockFile {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly engines?: { readonly node?: string };
        readonly optional?: boolean;
        readonly hasInstallScript?: boolean;
      }
    >
  >;
}

function read(name: string): string {
  return readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
}

const { allowScripts }: Manifest = JSON.parse(read('package.json'));
const { packages }: LockFile = JSON.parse(read('package-lock.json'));
const installed = Object.entries(packages).filter(([path]) => path !== '');

describe('npm ci on the oldest Node that is supported', () => {
  it('warns of no package that wants a newer Node; older versions stand in overrides', () => {
    const newer = installed.filter(
      ([, { engines, optional }]) => optional !== true && wantsMoreThanNode20(engines?.node ?? ''),
    );
    expect(newer.map(([path]) => path)).toEqual([]);
  });

  it('prompts for no install script: each is allowed or denied in package.json', () => {
    const open = installed
      .filter(([, { hasInstallScript }]) => hasInstallScript === true)
      .map(([path]) => path.replace(/^.*node_modules\//, ''))
      .filter((name) => allowScripts[name] === undefined);
    expect(open).toEqual([]);
  });
});

/** Enough for what packages write: alternatives, each starting with the lowest version. */
function wantsMoreThanNode20(range: string): boolean {
  const lowest = range
    .split('||')
    .map((alternative) => Number(/\d+/.exec(alternative)?.[0] ?? 0))
    .toSorted((one, other) => one - other);
  return (lowest[0] ?? 0) > 20;
}
