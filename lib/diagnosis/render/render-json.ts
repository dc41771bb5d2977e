import type { Diagnosis } from '../diagnosis.interface.js';
import { summarise } from './report-layout.js';

/** One line for a log collector. */
export function renderJson(diagnoses: readonly Diagnosis[]): string {
  const summary = summarise(diagnoses);
  return JSON.stringify({
    level: 'error',
    name: 'nestjs-cohere',
    code: summary?.code,
    message: summary?.title,
    exitCode: summary?.exitCode,
    problems: diagnoses.map((diagnosis) => ({
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
}
