import { shorten, toOneLine } from '../diagnosis/redact/clean-text.js';
import { redact } from '../diagnosis/redact/redact.js';

/** An output stream of a command, such as `process.stdout`. */
export interface CliOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** The process that a command of `nestjs-cohere` runs in; tests pass another one. */
export interface CliIo {
  readonly stdout: CliOutput;
  readonly stderr: CliOutput;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The working directory, as an absolute path. */
  readonly workingDirectory: string;
}

/** The exit code of a wrong usage. `sysexits.h` has 64, but shells, getopt and most tools use 2. */
export const USAGE_EXIT_CODE = 2;

export const USAGE = `Usage: nestjs-cohere <command> [options]

Commands:
  doctor           Read the configuration as the app would, check it, and ask Cohere if wanted.
  explain [CODE]   Show what a code of this library means and how to fix it. Without a code: list all.
  emulator         Run a local server that speaks Cohere's rerank API.

Options:
  -h, --help       Show this, or the usage of a command.
  -v, --version    Show the version.
`;

export const EXPLAIN_USAGE = `Usage: nestjs-cohere explain [CODE]

Shows what CODE means, how it looks at boot and over HTTP, its causes and its fixes. Works offline.
Without CODE, lists every code. The COHERE_ in front may be left out.
`;

const SHOWN_CHARACTERS = 60;

/** Returns one line: the problem, and the command that shows the usage. */
export function usageError(io: CliIo, problem: string, command = ''): number {
  const help = ['nestjs-cohere', command, '--help'].filter((word) => word !== '').join(' ');
  io.stderr.write(`nestjs-cohere: ${problem} Usage: ${help}\n`);
  return USAGE_EXIT_CODE;
}

/** Returns an argument for output, hidden if it may be a misplaced key. */
export function quoteArgument(argument: string): string {
  return `"${shorten(redact(toOneLine(argument)), SHOWN_CHARACTERS)}"`;
}
