import { inspect } from 'node:util';
import { DiagnosedError, problemsOf } from '../diagnosis/errors.js';
import { renderJson } from '../diagnosis/render/render-json.js';
import { renderForStandardError, takeBootReport, wantsJson } from './boot-report.js';

/**
 * For `main.ts`: prints the report of a failed boot, and nothing around it, then exits with the
 * diagnosis' exit code (78 configuration, 77 key rejected, 69 Cohere unavailable). A report that Nest has
 * printed already is not printed again. Any other error is printed as Node would and exits with 1.
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

/** An error that was thrown after the module had started, such as by a first rerank in main.ts. */
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
