#!/usr/bin/env node
import { inspect } from 'node:util';
import { currentDirectory } from '../diagnosis/read-safely.js';
import { runCommand } from './run-command.js';

/** Ignores EPIPE: a reader such as `head` may close the pipe early. */
function endQuietlyOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') {
    throw error;
  }
}

process.stdout.on('error', endQuietlyOnClosedPipe);
process.stderr.on('error', endQuietlyOnClosedPipe);

/** sysexits.h: an internal error, such as a command that ends without output. */
const EX_SOFTWARE = 70;

async function main(): Promise<void> {
  process.exitCode = EX_SOFTWARE;
  // Keeps the process alive: a connection attempt or an unreferenced timer does not.
  const alive = setInterval(() => undefined, 60_000);
  try {
    // process.exit() would cut off output that is still being written to a pipe.
    process.exitCode = await runCommand(process.argv.slice(2), {
      stdout: process.stdout,
      stderr: process.stderr,
      environment: process.env,
      workingDirectory: currentDirectory(),
    });
  } catch (error) {
    process.stderr.write(`nestjs-cohere failed; please report this.\n${inspect(error)}\n`);
    process.exitCode = EX_SOFTWARE;
  } finally {
    clearInterval(alive);
  }
}

void main();
