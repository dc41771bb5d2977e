import { workingDirectory } from '../config/working-directory.js';
import { runCommand } from '../../../lib/cli/run-command.js';

export interface Patient {
  readonly files?: Readonly<Record<string, string | Buffer>> | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly words?: readonly string[];
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Finding {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the doctor in a directory of its own. Without LANG it writes ASCII. */
export async function examined(patient: Patient): Promise<Finding> {
  const { files = {}, environment = {}, words = [], ...terminal } = patient;
  const written = { stdout: '', stderr: '' };
  const exitCode = await runCommand(['doctor', ...words], {
    stdout: { write: (text) => (written.stdout += text), ...terminal },
    stderr: { write: (text) => (written.stderr += text), ...terminal },
    environment,
    workingDirectory: workingDirectory(files),
  });
  return { exitCode, ...written };
}
