import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Diagnosis } from '../../diagnosis/diagnosis.interface.js';
import { cliCommand } from '../../diagnosis/cli-command.js';
import { escapeUnprintable } from '../../diagnosis/redact/clean-text.js';
import { readTerminalCapabilities } from '../../diagnosis/render/terminal-capabilities.js';
import { UsageError } from '../read-options.js';
import { type CliIo, quoteArgument } from '../usage.js';
import { DOCTOR_USAGE, parseDoctorArguments } from './doctor-arguments.js';
import { type Examination, examine } from './doctor-examination.js';
import type { LiveResult } from './doctor-live.js';
import { doctorReport } from './doctor-report.js';

/**
 * Runs `nestjs-cohere doctor`: reads the configuration like the app, without starting it.
 *
 * @returns the exit code: 0, or that of the worst problem
 * @throws UsageError
 */
export async function doctor(words: readonly string[], io: CliIo): Promise<number> {
  const wanted = parseDoctorArguments(words);
  if (wanted.help) {
    io.stdout.write(DOCTOR_USAGE);
    return 0;
  }
  const missing = await firstMissing(wanted.envFiles, io.workingDirectory);
  if (missing !== undefined) {
    throw new UsageError(`there is no file ${quoteArgument(missing)}.`);
  }
  const examination = await examine(wanted, io);
  const live =
    wanted.live === undefined || examination.configuration === undefined
      ? undefined
      : await (await import('./doctor-live.js')).checkLive(examination.configuration, wanted.live);
  const exitCode = worst([
    ...examination.problems,
    ...(live?.diagnosis === undefined ? [] : [live.diagnosis]),
  ]);
  io.stdout.write(
    wanted.json
      ? doctorJson(examination, live, exitCode)
      : doctorReport(examination, live, {
          ...readTerminalCapabilities(io.stdout, io.environment),
          isTerminal: io.stdout.isTTY === true,
          command: cliCommand(io.environment, io.workingDirectory),
        }),
  );
  return exitCode;
}

/** Reports a named file that is missing, which ConfigModule would ignore. */
async function firstMissing(
  paths: readonly string[],
  workingDirectory: string,
): Promise<string | undefined> {
  for (const path of paths) {
    const isFile = await stat(resolve(workingDirectory, path)).then(
      (stats) => stats.isFile(),
      () => false,
    );
    if (!isFile) {
      return path;
    }
  }
  return undefined;
}

/** sysexits.h: the codes of configuration (78), refused key (77) and unavailable (69) are in order of certainty. */
function worst(diagnoses: readonly Diagnosis[]): number {
  return Math.max(0, ...diagnoses.map(({ exitCode }) => exitCode));
}

function doctorJson(
  { rows, problems, notices, files }: Examination,
  live: LiveResult | undefined,
  exitCode: number,
): string {
  const settings = rows.map((row) => ({ ...row, source: row.source ?? null }));
  const document = { exitCode, settings, files, notices, problems, live: live ?? null };
  const lines = JSON.stringify(document, null, 2).split('\n');
  return `${lines.map(escapeUnprintable).join('\n')}\n`;
}
