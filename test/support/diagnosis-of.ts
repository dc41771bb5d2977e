import type { Diagnosis } from '../../lib/diagnosis/diagnosis.interface.js';
import { failureOf } from './rerank-over.js';
import { DiagnosedError } from '../../lib/diagnosis/errors.js';

/** The diagnosis a call fails with. */
export async function diagnosisOf(promise: Promise<unknown>): Promise<Diagnosis> {
  const error = await failureOf(promise);
  if (!(error instanceof DiagnosedError)) {
    throw error;
  }
  return error.diagnosis;
}
