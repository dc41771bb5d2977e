#!/usr/bin/env node
import { inspect } from 'node:util';
import { currentDirectory } from '../diagnosis/read-safely.js';
import { runCommand } from './run-command.js';

/** `| head` closes the pipe while we write; that is the reader's wish and no failure. */
function endQuietlyOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') {
    throw error;
  }
}

process.stdout.on('error', endQuietlyOnClosedPipe);
process.stderr.on('error', endQuietlyOnClosedPipe);

/** sysexits.h: something that should not happen, such as a command that ends before it has said anything. */
const EX_SOFTWARE = 70;

async function main(): Promise<void> {
  process.exitCode = EX_SOFTWARE;
  // What a command waits for may hold no process of its own: a connection attempt, an unreferenced timer.
  const alive = setInterval(() => undefined, 60_000);
  try {
    // Not process.exit(), which would cut off what is still being written to a pipe.
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
