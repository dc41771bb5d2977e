import { closestName } from '../config/closest-name.js';
import { VERSION } from '../diagnosis/library.js';
import { UsageError } from './read-options.js';
import { type CliIo, quoteArgument, USAGE, USAGE_EXIT_CODE, usageError } from './usage.js';

type Command = (commandArguments: readonly string[], io: CliIo) => Promise<number>;

/** The commands, loaded on demand, so that `explain` does not wait for the imports of `doctor`. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  doctor: async () => (await import('./doctor/doctor.js')).doctor,
  explain: async () => (await import('./explain.js')).explain,
  emulator: async () => (await import('./emulator/emulator.js')).emulator,
};

/**
 * Runs `nestjs-cohere` with the given arguments.
 *
 * @returns the exit code
 */
export async function runCommand(
  [name, ...commandArguments]: readonly string[],
  io: CliIo,
): Promise<number> {
  switch (name) {
    case undefined:
      io.stderr.write(USAGE);
      return USAGE_EXIT_CODE;
    case 'help':
    case '--help':
    case '-h':
      io.stdout.write(USAGE);
      return 0;
    case '--version':
    case '-v':
    case '-V':
      io.stdout.write(`${VERSION}\n`);
      return 0;
    default:
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load === undefined) {
    return usageError(io, describeUnknown(name));
  }
  try {
    const command = await load();
    return await command(commandArguments, io);
  } catch (error) {
    if (error instanceof UsageError) {
      return usageError(io, error.message, name);
    }
    const missing = missingPackage(error);
    if (missing === undefined) {
      throw error;
    }
    io.stderr.write(
      `nestjs-cohere: ${name} needs the package ${missing}, which is not installed here.\n\n` +
        `  npm install ${missing}\n\n` +
        'Run the command in the directory of the app, so that it finds the packages of the app.\n',
    );
    return MISSING_PACKAGE_EXIT_CODE;
  }
}

/** sysexits.h: EX_CONFIG. */
const MISSING_PACKAGE_EXIT_CODE = 78;

/** Returns the peer that could not be loaded, by error code first, then by the message. */
function missingPackage(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_MODULE_NOT_FOUND') {
    return undefined;
  }
  return /package '((?:@[\w.-]{1,100}\/)?[\w.-]{1,100})'/.exec(error.message)?.[1];
}

function describeUnknown(name: string): string {
  const kind = name.startsWith('-') ? 'option' : 'command';
  const candidates = kind === 'option' ? ['--help', '--version'] : Object.keys(COMMANDS);
  const closest = closestName(name, candidates);
  const hint = closest === undefined ? '' : ` Did you mean ${closest}?`;
  return `unknown ${kind} ${quoteArgument(name)}.${hint}`;
}
