import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Copied beside the copied specs by run.mjs; the paths are those of the copy.
const lib = (path: string) => fileURLToPath(new URL(`./lib/${path}`, import.meta.url));

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
    include: ['test/**/*.spec.ts'],
    setupFiles: ['test/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    isolate: false,
  },
});
