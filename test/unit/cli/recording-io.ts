import type { CliIo, CliOutput } from '../../../lib/cli/usage.js';

export interface RecordingIo extends CliIo {
  readonly out: () => string;
  readonly err: () => string;
}

/** A world that remembers what was written. */
export function recordingIo(overrides: Partial<CliIo> = {}): RecordingIo {
  const out: string[] = [];
  const err: string[] = [];
  return {
    stdout: recorder(out),
    stderr: recorder(err),
    environment: {},
    workingDirectory: '/nowhere',
    ...overrides,
    out: () => out.join(''),
    err: () => err.join(''),
  };
}

function recorder(texts: string[]): CliOutput {
  return { write: (text) => texts.push(text) };
}
