import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CANARY } from '../diagnosis/fixtures.js';
import { recordingIo } from './recording-io.js';
import { runCommand } from '../../../lib/cli/run-command.js';
import { USAGE } from '../../../lib/cli/usage.js';
import { HOMEPAGE, VERSION } from '../../../lib/diagnosis/library.js';

const PACKAGE: unknown = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
);

describe('nestjs-cohere', () => {
  it.each(['--help', '-h', 'help'])('%s shows the usage', async (argument) => {
    const io = recordingIo();

    expect(await runCommand([argument], io)).toBe(0);
    expect(io.out()).toBe(USAGE);
    expect(io.err()).toBe('');
  });

  it.each(['--version', '-v', '-V'])('%s shows the version of the package', async (argument) => {
    const io = recordingIo();

    expect(await runCommand([argument], io)).toBe(0);
    expect(io.out()).toBe(`${VERSION}\n`);
  });

  it.each([
    [['dcotor'], 'unknown command "dcotor". Did you mean doctor?'],
    [['EXPLAIN'], 'unknown command "EXPLAIN". Did you mean explain?'],
    [['--hlep'], 'unknown option "--hlep". Did you mean --help?'],
    [['--json'], 'unknown option "--json".'],
    [['constructor'], 'unknown command "constructor".'],
  ])('%j is one line and exit code 2', async (words, problem) => {
    const io = recordingIo();

    expect(await runCommand(words, io)).toBe(2);
    expect(io.err()).toBe(`nestjs-cohere: ${problem} Usage: nestjs-cohere --help\n`);
    expect(io.out()).toBe('');
  });

  it('shows the usage where no command is given, and ends with 2', async () => {
    const io = recordingIo();

    expect(await runCommand([], io)).toBe(2);
    expect(io.err()).toBe(USAGE);
  });

  it('does not repeat a key that was pasted in the wrong place', async () => {
    const io = recordingIo();

    expect(await runCommand([CANARY], io)).toBe(2);
    expect(io.err()).toContain('unknown command "[redacted]".');
  });

  it('hands the rest of the line to the command', async () => {
    const io = recordingIo();

    expect(await runCommand(['emulator', '--help'], io)).toBe(0);
    expect(io.out()).toMatch(/^Usage: nestjs-cohere emulator/);
  });
});

describe('the version and the homepage', () => {
  it('are those of package.json', () => {
    expect(PACKAGE).toMatchObject({ version: VERSION, homepage: `${HOMEPAGE}#readme` });
  });
});
