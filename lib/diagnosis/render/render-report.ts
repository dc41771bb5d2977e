import type { Diagnosis } from '../diagnosis.interface.js';
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
