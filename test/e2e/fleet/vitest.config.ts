import { fileURLToPath } from 'node:url';
import { mergeConfig } from 'vitest/config';
import root from '../../../vitest.config.js';

const path = (name: string) => fileURLToPath(new URL(`../../../${name}`, import.meta.url));

/** Tests that take too long for `npm test`: npm run test:fleet. */
const { projects: _, ...test } = root.test ?? {};
export default mergeConfig(
  { ...root, test },
  {
    root: path('.'),
    test: {
      include: ['test/e2e/fleet/**/*.fleet.ts'],
      setupFiles: [path('test/setup.ts')],
      globalSetup: [path('test/global-setup.ts')],
      testTimeout: 180_000,
      hookTimeout: 60_000,
    },
  },
);
