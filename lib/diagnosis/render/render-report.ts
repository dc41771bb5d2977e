import type { Diagnosis } from '../diagnosis.interface.js';
import { layOutReport } from './report-layout.js';

const DEFAULT_WIDTH = 100;

/** The plain report: what the error's stack holds, and what stands in a log file. */
export function renderReport(
  diagnoses: readonly Diagnosis[],
  { width = DEFAULT_WIDTH }: { readonly width?: number } = {},
): string {
  return layOutReport(diagnoses, width)
    .map((line) =>
      line
        .map(({ text }) => text)
        .join('')
        .trimEnd(),
    )
    .join('\n');
}
