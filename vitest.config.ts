import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const lib = (path: string) => fileURLToPath(new URL(`./lib/${path}`, import.meta.url));

/** Too long for each change, or in need of a browser or Redis: `npm run test:surfaces`. */
const SURFACES = [
  'test/browser/**/*.spec.ts',
  'test/e2e/{boot-*,key-function,openapi-page,process-exit,readme,reproduce,sample,sample-*}.spec.ts',
  'test/e2e/{fleet,samples,transports}/**/*.spec.ts',
  'test/faults/{overload,shutdown}.spec.ts',
  'test/package/{tarball,testing-docs,type-tests}.spec.ts',
];

const PROCESSES = {
  setupFiles: ['test/setup.ts'],
  globalSetup: ['test/global-setup.ts'],
  maxConcurrency: 2,
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  resolve: {
    alias: [
      { find: /^nestjs-cohere$/, replacement: lib('index.ts') },
      { find: /^nestjs-cohere\/testing$/, replacement: lib('testing/index.ts') },
      { find: /^nestjs-cohere\/terminus$/, replacement: lib('health/index.ts') },
    ],
  },
  test: {
    globalSetup: ['test/temporary-folder.ts'],
    // Vitest leaves one core idle unless told otherwise, which is half of a small machine.
    maxWorkers: '100%',
    // Of the unit tests alone: what child processes run is not counted.
    coverage: {
      provider: 'v8',
      include: ['lib/**/*.ts'],
      reporter: ['text-summary'],
      reportsDirectory: '.tmp/coverage',
      thresholds: { lines: 95, branches: 90 },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          // Loading Nest once per worker, not once per file, is most of the time.
          isolate: false,
          include: ['test/{unit,faults,parity,simulation}/**/*.spec.ts'],
          exclude: SURFACES,
          setupFiles: ['test/setup.ts'],
          testTimeout: 20_000,
        },
      },
      {
        // These start child processes, which use the built package.
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/{e2e,package}/**/*.spec.ts'],
          exclude: SURFACES,
          ...PROCESSES,
        },
      },
      {
        extends: true,
        test: { name: 'surfaces', include: SURFACES, ...PROCESSES },
      },
    ],
  },
});
