import { expect } from 'vitest';
import { CANARY } from '../../support/keys.js';
import { StubCohere, type Answer } from '../../support/stub-cohere.js';
import { runApp, type Run } from './run-app.js';

export function frames({ output }: Run): string[] {
  return output.split('\n').filter((line) => /^\s+at /.test(line));
}

/** Runs an app whose Cohere gives that answer; the address is in COHERE_BASE_URL unless the environment names another. */
export async function runAgainst(
  answer: Answer,
  environment: Readonly<Record<string, string>>,
): Promise<Run> {
  const stub = await StubCohere.open(answer);
  try {
    return await runApp({ environment: { COHERE_BASE_URL: stub.url, ...environment } });
  } finally {
    await stub.stop();
  }
}

export function expectOneScreen(run: Run, code: string): void {
  expect(run.listened).toBe(false);
  expect(run.exitCode).not.toBe(0);
  expect(run.output).toContain(code);
  expect(run.output).toMatch(/Found {3}/);
  expect(run.output).toMatch(/Fix {5}/);
  expect(run.output).not.toContain(CANARY);
  expect(run.output).not.toContain(CANARY.slice(4, 16));
  expect(frames(run)).toHaveLength(1);
  expect(frames(run)[0]).toContain('boot.mjs');
  expect(run.output).toContain('SDK FILES LOADED 0');
}
