import { inspect } from 'node:util';
import { renderJson } from '../diagnosis/render/render-json.js';
import { readTerminalCapabilities } from '../diagnosis/render/terminal-capabilities.js';
import { wantsJson } from './boot-failure.js';
import { hasBeenReported } from './reported-failures.js';
import { DiagnosedError } from '../diagnosis/errors.js';
import { renderTerminal } from '../diagnosis/render/render-terminal.js';
import { problemsOf } from '../diagnosis/errors.js';

/**
 * For `main.ts`: prints the report of a failed boot, and nothing around it, then exits with the
 * diagnosis' exit code (78 configuration, 77 key rejected, 69 Cohere unavailable). Any other error
 * is printed as Node would and exits with 1.
 *
 * Errors of a provider are printed by Nest, which then ends the process with 1 itself; pass
 * `abortOnError: false` to `NestFactory.create` so that they reach this function too.
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
  if (!(error instanceof DiagnosedError)) {
    exitAfterWriting(`${inspect(error)}\n`, 1);
  } else {
    exitAfterWriting(hasBeenReported(error) ? '' : render(error), error.diagnosis.exitCode);
  }
}

function render(error: DiagnosedError): string {
  const problems = problemsOf(error);
  if (wantsJson(process.env)) {
    return `${renderJson(problems)}\n`;
  }
  const capabilities = readTerminalCapabilities(process.stderr, process.env);
  return `\n${renderTerminal(problems, capabilities)}\n`;
}

function exitAfterWriting(text: string, exitCode: number): void {
  process.exitCode = exitCode;
  process.stderr.write(text, () => process.exit(exitCode));
}
