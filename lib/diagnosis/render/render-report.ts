import type { Diagnosis } from '../diagnosis.interface.js';
import { type DiagnosedError, problemsOf } from '../errors.js';
import { layOutReport, type ReportOptions } from './report-layout.js';

const DEFAULT_WIDTH = 100;

/** The plain report: what the error's stack holds, and what a log file shows. */
export function renderReport(
  diagnoses: readonly Diagnosis[],
  { width = DEFAULT_WIDTH, ...options }: ReportOptions & { readonly width?: number } = {},
): string {
  return layOutReport(diagnoses, width, options)
    .map((line) =>
      line
        .map(({ text }) => text)
        .join('')
        .trimEnd(),
    )
    .join('\n');
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
