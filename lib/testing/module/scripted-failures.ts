import { DIAGNOSIS_CODES, isDiagnosisCode, type DiagnosisCode } from '../../diagnosis/catalogue.js';
import { classifyResponse } from '../../diagnosis/classify-response.js';
import { createDiagnosis } from '../../diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../../diagnosis/diagnosis.interface.js';
import { createError, type DiagnosedError } from '../../diagnosis/errors.js';
import type { RequestContext } from '../../diagnosis/request-context.js';
import { emulatorError, MESSAGES, STATUS_TEXTS } from '../emulator/wire.js';

/**
 * Which calls a scripted failure applies to.
 *
 * @publicApi
 */
export interface FailNextOptions {
  /** How many calls, from 1; `Infinity` until `reset()`. Default 1. */
  readonly times?: number | undefined;
  /** Only `rerank`, or only `checkKey`. Default: whichever comes first. */
  readonly on?: 'rerank' | 'checkKey' | undefined;
  /** With `COHERE_RATE_LIMITED`: how long Cohere asks to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

export interface ScriptedFailure {
  readonly code: DiagnosisCode;
  readonly retryAfterMs: number | undefined;
}

interface Entry extends ScriptedFailure {
  readonly on: FailNextOptions['on'];
  left: number;
}

/** Failures in the order they were scripted; each call meets the first that is meant for it. */
export class ScriptedFailures {
  #entries: Entry[] = [];

  add(code: DiagnosisCode, { times = 1, on, retryAfterMs }: FailNextOptions): void {
    if (!isDiagnosisCode(code)) {
      throw new RangeError(`failNext() takes one of ${DIAGNOSIS_CODES.join(', ')}.`);
    }
    if (times !== Number.POSITIVE_INFINITY && (!Number.isInteger(times) || times < 1)) {
      throw new RangeError(`times must be a whole number from 1, or Infinity; it is ${times}.`);
    }
    this.#entries.push({ code, on, retryAfterMs, left: times });
  }

  take(call: 'rerank' | 'checkKey'): ScriptedFailure | undefined {
    const next = this.#entries.find(({ on }) => on === undefined || on === call);
    if (next === undefined) {
      return undefined;
    }
    next.left -= 1;
    if (next.left === 0) {
      this.#entries = this.#entries.filter((entry) => entry !== next);
    }
    return next;
  }

  clear(): void {
    this.#entries = [];
  }
}

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
    : classifyResponse(emulatorError(...reply), context);
}
