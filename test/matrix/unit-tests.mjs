import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SWC } from './build-app.mjs';
import { execute } from './execute.mjs';

/** Runs search.spec.ts with the test runner of the cell, or what stands in for it where there is none. */
export async function runUnitTest({ cell, app, run, nestFolder }) {
  const modules = join(nestFolder, 'node_modules');
  const commands = {
    'ts-jest': () => jest(app, modules, ['ts-jest', { diagnostics: false }]),
    'swc-jest': () => jest(app, modules, ['@swc/jest', SWC]),
    vitest: () => vitest(app, modules),
    script: () => [app.files.unit],
  };
  const { code, output } = await execute([...run, ...commands[cell.unit]()], { cwd: app.folder });
  if (code !== 0 || !/UNIT TEST PASSED|Tests:? +1 passed/.test(output)) {
    throw new Error(`ended with ${code}:\n${output}`);
  }
}

/** As Nest generates it; `.js` in relative imports needs the mapping, the library needs nothing. */
export function jest({ folder }, modules, transformer) {
  const config = {
    rootDir: folder,
    testEnvironment: 'node',
    testRegex: String.raw`\.spec\.ts$`,
    moduleNameMapper: { [String.raw`^(\.{1,2}/.*)\.js$`]: '$1' },
    transform: { [String.raw`^.+\.ts$`]: transformer },
  };
  writeFileSync(join(folder, 'jest.config.json'), JSON.stringify(config));
  return [join(modules, 'jest/bin/jest.js'), '--config', 'jest.config.json', '--runInBand'];
}

export function vitest({ folder }, modules) {
  writeFileSync(
    join(folder, 'vitest.config.mjs'),
    `export default {
  test: { globals: true, include: ['*.spec.ts'], pool: 'threads' },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
};\n`,
  );
  return [join(modules, 'vitest/vitest.mjs'), 'run', '--root', folder];
}
