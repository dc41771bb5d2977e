import { classifyNetworkFailure } from '../diagnosis/classify-network-failure.js';
import { classifyResponse, diagnoseInvalidResponse } from '../diagnosis/classify-response.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { DiagnosedError } from '../diagnosis/errors/diagnosed.error.js';
import type { RequestContext } from '../diagnosis/request-context.interface.js';
import type { Secret } from '../config/secret.js';
import { FailedResponse, UnusableResponse } from './attempt-failure.js';

/** What went wrong with one attempt, whatever it ended with. */
export function diagnoseAttempt(
  failure: unknown,
  context: RequestContext,
  key: Secret | undefined,
): Diagnosis {
  const secrets = key === undefined ? [] : [key.reveal()];
  if (failure instanceof DiagnosedError) {
    return failure.diagnosis;
  }
  if (failure instanceof FailedResponse) {
    return classifyResponse(failure.response, context, secrets);
  }
  if (failure instanceof UnusableResponse) {
    return diagnoseInvalidResponse(context, failure.message, failure.response, secrets);
  }
  return classifyNetworkFailure(failure, context);
}
