import { EXIT_CODE } from '../catalogue/catalogue-entry.interface.js';
import type { DiagnosisCode } from '../diagnosis-code.js';
import type { Diagnosis } from '../diagnosis.interface.js';

/** One heading over all problems. */
export interface Summary {
  readonly code: DiagnosisCode;
  readonly title: string;
  readonly exitCode: number;
}

/** A single problem heads itself; several are problems of the configuration. */
export function summarise(diagnoses: readonly Diagnosis[]): Summary | undefined {
  const [first, ...others] = diagnoses;
  if (first === undefined || others.length === 0) {
    return first;
  }
  return {
    code: 'COHERE_CONFIG_INVALID',
    title: `${diagnoses.length} problems in the configuration of CohereModule.`,
    exitCode: EXIT_CODE.configuration,
  };
}
