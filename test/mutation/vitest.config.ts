import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const lib = (path: string) => fileURLToPath(new URL(`../../lib/${path}`, import.meta.url));

/** The unit tests alone, in one project, as Stryker needs them. */
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
    include: ['test/unit/{diagnosis,config,transport}/**/*.spec.ts'],
    // They start processes or feed megabytes; one run for each mutant would take days.
    exclude: ['test/unit/diagnosis/reproduce.spec.ts'],
    setupFiles: ['test/setup.ts'],
    testTimeout: 20_000,
  },
});
