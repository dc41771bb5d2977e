import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runApp } from './support/run-app.js';

const APP = fileURLToPath(new URL('apps/key-function.mjs', import.meta.url));

describe.concurrent('a key that comes from a function of the app', () => {
  it.each([
    ['refused', 'could not be reached'],
    ['silent', 'did not answer in time'],
  ])(
    '%s: the boot ends with a report and 69, which tells an orchestrator to try again',
    async (SOURCE, reason) => {
      const { exitCode, output, listened } = await runApp({ environment: { SOURCE } }, APP);

      expect(listened).toBe(false);
      expect(output).toContain('COHERE_API_KEY_SOURCE_FAILED');
      expect(output).toContain(reason);
      expect(exitCode).toBe(69);
    },
  );
});
