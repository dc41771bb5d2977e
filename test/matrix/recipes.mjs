import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execute } from './execute.mjs';
import { jest, vitest } from './unit-tests.mjs';

const RECIPES = fileURLToPath(new URL('../unit/testing/recipes/', import.meta.url));

/** Runs the recipes of docs/testing.md as an app would: under Jest with the one change that page names. */
export async function runRecipes({ cell, app, run, nestFolder }) {
  const folder = join(app.folder, 'recipes');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const isJest = cell.unit !== 'vitest';
  let tests = 0;
  for (const name of readdirSync(RECIPES)) {
    const code = readFileSync(join(RECIPES, name), 'utf8');
    tests += code.match(/^it\(/gm)?.length ?? 0;
    writeFileSync(join(folder, name), isJest ? code.replace("'vitest'", "'@jest/globals'") : code);
  }
  const modules = join(nestFolder, 'node_modules');
  const command = isJest
    ? jest({ folder }, modules, [
        'ts-jest',
        { diagnostics: false, tsconfig: join(app.folder, 'tsconfig.json') },
      ])
    : vitest({ folder }, modules);
  const { code, output } = await execute([...run, ...command], { cwd: folder });
  if (code !== 0 || !new RegExp(String.raw`Tests:? +${tests} passed`).test(output)) {
    throw new Error(`ended with ${code}, expected ${tests} tests to pass:\n${output}`);
  }
}
