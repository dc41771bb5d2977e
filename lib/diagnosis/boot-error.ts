import type { Diagnosis } from './diagnosis.interface.js';
import { ConfigurationError, type DiagnosedError } from './errors.js';
import { renderReport } from './render/render-report.js';

/** All that is wrong: every problem of a ConfigurationError, the one diagnosis of any other. */
export function problemsOf(error: DiagnosedError): readonly Diagnosis[] {
  return error instanceof ConfigurationError ? error.problems : [error.diagnosis];
}

/**
 * Makes the report the error's stack. Nest's ExceptionHandler and Node itself print `stack`, so the
 * operator reads the report and not the frames of a framework. One frame stays, the user's own call;
 * without any, `util.inspect` would put the whole text in brackets.
 */
export function withReportAsStack<E extends DiagnosedError>(error: E, frame: string): E {
  return Object.defineProperty(error, 'stack', {
    value: `${renderReport(problemsOf(error))}\n\n${frame}`,
    configurable: true,
    writable: true,
    enumerable: false,
  });
}
