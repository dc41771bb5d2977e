import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const lib = (path: string) => fileURLToPath(new URL(`../../lib/${path}`, import.meta.url));

/** The specs of the group that is mutated, given by run.mjs. */
const tests: unknown = JSON.parse(process.env['MUTATION_TESTS'] ?? '["test/unit/**/*.spec.ts"]');

/** One project, as Stryker needs it. */
export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  root: fileURLToPath(new URL('../..', import.meta.url)),
  resolve: {
    alias: [
      { find: /^nestjs-cohere$/, replacement: lib('index.ts') },
      { find: /^nestjs-cohere\/testing$/, replacement: lib('testing/index.ts') },
      { find: /^nestjs-cohere\/terminus$/, replacement: lib('health/index.ts') },
    ],
  },
  test: {
    isolate: false,
    include: Array.isArray(tests) ? tests.filter((glob) => typeof glob === 'string') : [],
    // They start processes or feed megabytes; one run for each mutant would take days.
    exclude: ['test/unit/diagnosis/reproduce.spec.ts'],
    setupFiles: ['test/setup.ts'],
    testTimeout: 6_000,
  },
});
