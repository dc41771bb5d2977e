import type { Diagnosis } from '../diagnosis.interface.js';
import { escapeUnprintable } from '../redact/clean-text.js';
import { doctorCommand, inReportOrder, type ReportOptions, summarise } from './report-layout.js';

/** Renders one line for a log collector. Names and order of the fields are stable; empty ones are omitted. */
export function renderJson(
  diagnoses: readonly Diagnosis[],
  { instance, checkCommand = doctorCommand() }: ReportOptions = {},
): string {
  const problems = inReportOrder(diagnoses);
  const summary = summarise(problems, instance);
  const line = JSON.stringify({
    level: 'error',
    name: 'nestjs-cohere',
    instance,
    code: summary?.code,
    message: summary?.title,
    exitCode: summary?.exitCode,
    check: checkCommand === false ? undefined : checkCommand,
    problems: problems.map((diagnosis) => ({
      code: diagnosis.code,
      title: diagnosis.title,
      detail: diagnosis.detail,
      key: diagnosis.key,
      fix: diagnosis.fix,
      docs: diagnosis.docs,
      httpStatus: diagnosis.httpStatus,
      retryable: diagnosis.retryable,
      exitCode: diagnosis.exitCode,
      upstream: diagnosis.upstream,
    })),
  });
  return escapeUnprintable(line);
}
