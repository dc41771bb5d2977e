import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ConfigurationEnvironment } from '../../../lib/config/resolved-configuration.interface.js';
export { KEY } from '../../support/keys.js';
export { OTHER_KEY } from '../../support/keys.js';

/** A directory of its own, gone after the test. */
export function workingDirectory(files: Readonly<Record<string, string | Buffer>> = {}): string {
  const directory = mkdtempSync(join(tmpdir(), 'nestjs-cohere-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  return directory;
}

/** Variables as a process would have them, in a directory with these files. */
export function environment(
  variables: Record<string, string | undefined>,
  files: Readonly<Record<string, string>> = {},
  envFilePaths?: readonly string[],
): ConfigurationEnvironment {
  return { variables, workingDirectory: workingDirectory(files), envFilePaths };
}

/** What a promise was rejected with; fails the test when it was not. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('was not rejected');
}
