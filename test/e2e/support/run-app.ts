import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Run {
  /** Standard output and standard error together, in the order of arrival. */
  readonly output: string;
  readonly stderr: string;
  readonly exitCode: number | null;
  /** Whether the app said that it listens; it was stopped then. */
  readonly listened: boolean;
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
  /** Keeps an app that listens running until this resolves. */
  readonly whileListening?: (url: string) => Promise<void>;
}

const BOOT_APP = fileURLToPath(new URL('../apps/boot.mjs', import.meta.url));

/** Starts an app as a process of its own, in a folder without `.env`, with nothing of our environment but the path. */
export async function runApp(
  { environment = {}, workingDirectory = emptyFolder(), whileListening }: RunOptions,
  script = BOOT_APP,
): Promise<Run> {
  const child = spawn(process.execPath, [script], {
    cwd: workingDirectory,
    // A busy machine must not make an uncertain verdict of a certain one.
    env: {
      PATH: process.env['PATH'],
      NO_COLOR: '1',
      COHERE_STARTUP_CHECK_TIMEOUT_MS: '20000',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let stderr = '';
  let listened = false;
  const stop = () => void child.kill('SIGKILL');
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
    const url = /LISTENING (\S+)/.exec(output)?.[1];
    if (url !== undefined && !listened) {
      listened = true;
      Promise.resolve(whileListening?.(url)).then(stop, stop);
    }
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
    stderr += chunk;
  });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code));
  });
  return { output, stderr, exitCode, listened };
}

export function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), 'nestjs-cohere-'));
}
