import { inspect } from 'node:util';
import { DiagnosedError, problemsOf } from '../diagnosis/errors.js';
import { renderJson } from '../diagnosis/render/render-json.js';
import { renderForStandardError, takeBootReport, wantsJson } from './boot-report.js';

/**
 * Prints the report of a failed boot in `main.ts`, then exits with the diagnosis' exit code (78 configuration, 77 key
 * rejected, 69 Cohere unavailable). Does not repeat a report that Nest has printed. Prints any other error like Node,
 * and exits with 1.
 *
 * Pass `abortOnError: false` to `NestFactory.create`; otherwise Nest ends the process itself when a
 * provider fails, with the same report and exit code.
 *
 * @example
 * ```ts
 * async function bootstrap() {
 *   const app = await NestFactory.create(AppModule, { abortOnError: false });
 *   await app.listen(3000);
 * }
 * bootstrap().catch(failBoot);
 * ```
 * @publicApi
 */
export function failBoot(error: unknown): void {
  if (error instanceof DiagnosedError) {
    exitAfterWriting(takeBootReport(error) ?? render(error), error.diagnosis.exitCode);
  } else {
    exitAfterWriting(`${inspect(error)}\n`, 1);
  }
}

/** Returns the text for an error after the module has started, such as from a first rerank in main.ts. */
function render(error: DiagnosedError): string {
  const problems = problemsOf(error);
  return wantsJson(process.env)
    ? `${renderJson(problems)}\n`
    : `\n${renderForStandardError(problems, process.env)}\n`;
}

function exitAfterWriting(text: string, exitCode: number): void {
  process.exitCode = exitCode;
  process.stderr.write(text, () => process.exit(exitCode));
}
