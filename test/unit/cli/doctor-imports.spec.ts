import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const DOCTOR = fileURLToPath(new URL('../../../lib/cli/doctor/doctor.ts', import.meta.url));
const STATIC_IMPORT = /^(?:import|export)\s+(?!type\b)(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;

/** The packages that loading a file loads, over all files it loads. */
function packagesBehind(file: string, seen = new Set<string>()): Set<string> {
  seen.add(file);
  const packages = new Set<string>();
  for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(STATIC_IMPORT)) {
    if (specifier.startsWith('.')) {
      const target = resolve(dirname(file), specifier.replace(/\.js$/, '.ts'));
      for (const name of seen.has(target) ? [] : packagesBehind(target, seen)) {
        packages.add(name);
      }
    } else if (!specifier.startsWith('node:')) {
      packages.add(specifier);
    }
  }
  return packages;
}

it('the doctor loads Joi and dotenv, and nothing else until it asks Cohere', () => {
  expect([...packagesBehind(DOCTOR)].toSorted()).toEqual(['dotenv', 'joi']);
});
