import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runApp } from './support/run-app.js';

const APP = fileURLToPath(new URL('apps/key-function.mjs', import.meta.url));

const LIFE = fileURLToPath(new URL('apps/key-life.mjs', import.meta.url));

describe.concurrent('a key that comes from a function of the app', () => {
  it.each([
    ['refused', 'could not be reached'],
    ['silent', 'did not answer in time'],
  ])(
    '%s: the boot ends with a report and exit code 69, so that an orchestrator retries',
    async (SOURCE, reason) => {
      const { exitCode, output, listened } = await runApp({ environment: { SOURCE } }, APP);

      expect(listened).toBe(false);
      expect(output).toContain('COHERE_API_KEY_SOURCE_FAILED');
      expect(output).toContain(reason);
      expect(exitCode).toBe(69);
    },
  );
});

describe.concurrent('a key that changes while the app runs', () => {
  it('in a corrected .env takes effect in the running app, and the environment stays unchanged', async () => {
    const { output } = await runApp({ environment: { SCENARIO: 'mended-env' } }, LIFE);

    expect(output).toContain('1 ranked; process.env kept');
  });

  it('in a function that hangs does not hold the process once the app has closed', async () => {
    const { output } = await runApp({ environment: { SCENARIO: 'hanging' } }, LIFE);

    expect(output).toContain('closed');
    // A reading may take ten seconds.
    expect(Number(/ended (\d+) ms later/.exec(output)?.[1])).toBeLessThan(5_000);
  });
});
