import { shorten, toOneLine } from '../diagnosis/redact/clean-text.js';
import { redact } from '../diagnosis/redact/redact.js';
import type { CliIo } from './cli-io.interface.js';
import { USAGE_EXIT_CODE } from './usage.js';

const SHOWN_CHARACTERS = 60;

/** One line that says what is wrong, the usage, and exit code 2. */
export function usageError(io: CliIo, problem: string, usage: string): number {
  io.stderr.write(`nestjs-cohere: ${problem}\n\n${usage}`);
  return USAGE_EXIT_CODE;
}

/** An argument as it may be shown: people paste keys into the wrong place. */
export function quoteArgument(argument: string): string {
  return `"${shorten(redact(toOneLine(argument)), SHOWN_CHARACTERS)}"`;
}
