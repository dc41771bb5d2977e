import { classifyResponse } from '../../diagnosis/classify-response.js';
import { createDiagnosis } from '../../diagnosis/create-diagnosis.js';
import type { DiagnosisCode } from '../../diagnosis/diagnosis-code.js';
import type { Diagnosis } from '../../diagnosis/diagnosis.interface.js';
import { createError } from '../../diagnosis/errors/create-error.js';
import type { DiagnosedError } from '../../diagnosis/errors/diagnosed.error.js';
import type { RequestContext } from '../../diagnosis/request-context.interface.js';
import { MESSAGES } from '../wire/messages.js';
import { errorReply } from '../wire/reply.js';
import { STATUS_TEXTS } from '../wire/status-texts.js';
import type { ScriptedFailure } from './scripted-failures.js';

/** What Cohere answers where a code comes from an answer of Cohere's. */
const REPLIES: Partial<Record<DiagnosisCode, readonly [status: number, message: string]>> = {
  COHERE_API_KEY_REJECTED: [401, MESSAGES.invalidToken],
  COHERE_API_KEY_EXPIRED: [401, MESSAGES.expiredKey],
  COHERE_API_KEY_FORBIDDEN: [403, MESSAGES.forbidden],
  COHERE_REQUEST_INVALID: [400, MESSAGES.invalidRequest],
  COHERE_MODEL_NOT_FOUND: [404, MESSAGES.unknownModel('rerank-of-the-test')],
  COHERE_RATE_LIMITED: [429, STATUS_TEXTS.get(429) ?? ''],
  COHERE_QUOTA_EXHAUSTED: [429, MESSAGES.trialMonth],
  COHERE_BILLING_REQUIRED: [402, MESSAGES.paymentMethod],
  COHERE_UPSTREAM_ERROR: [503, STATUS_TEXTS.get(503) ?? ''],
};

/** The error a call would end with, diagnosed from Cohere's own words where it has some for it. */
export function scriptedError(
  { code, retryAfterMs }: ScriptedFailure,
  context: RequestContext,
): DiagnosedError {
  return createError(diagnosisOf(code, context), retryAfterMs);
}

function diagnosisOf(code: DiagnosisCode, context: RequestContext): Diagnosis {
  const reply = REPLIES[code];
  return reply === undefined
    ? createDiagnosis(code, { detail: 'A test scripted this failure.' })
    : classifyResponse(errorReply(...reply), context);
}
