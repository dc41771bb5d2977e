import type { Secret } from '../config/api-key/secret.js';
import { classifyNetworkFailure } from '../diagnosis/classify-network-failure.js';
import { classifyResponse, diagnoseInvalidResponse } from '../diagnosis/classify-response.js';
import type { TimeoutPhase } from '../diagnosis/diagnose-timeout.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { DiagnosedError } from '../diagnosis/errors.js';
import type { ReceivedResponse, RequestContext } from '../diagnosis/request-context.js';

/**
 * Signals a status other than 2xx. Internal: the loop around the attempts turns it into a diagnosis.
 */
export class FailedResponse extends Error {
  readonly response: ReceivedResponse;

  constructor(response: ReceivedResponse) {
    super(`HTTP ${response.status}`);
    this.response = response;
  }
}

/** Signals a 2xx response that cannot be one of Cohere's. */
export class UnusableResponse extends Error {
  readonly response: ReceivedResponse | undefined;

  /** @param what a clause without any of the content, such as `the body is not JSON` */
  constructor(what: string, response?: ReceivedResponse) {
    super(what);
    this.response = response;
  }
}

/** Signals that the call was aborted while an attempt was in flight. */
export class InterruptedAttempt extends Error {
  readonly phase: TimeoutPhase;

  constructor(phase: TimeoutPhase) {
    super(`interrupted: ${phase}`);
    this.phase = phase;
  }
}

/** Signals a call that was shed: it had too little time left to use an answer. */
export class TooLate extends Error {}

/** The secrets to redact in any output about a failure. */
export function secretsOf(key: Secret | undefined): readonly string[] {
  return key === undefined ? [] : [key.reveal()];
}

/** Diagnoses the failure of one attempt. */
export function diagnoseAttempt(failure: unknown, context: RequestContext): Diagnosis {
  if (failure instanceof DiagnosedError) {
    return failure.diagnosis;
  }
  if (failure instanceof FailedResponse) {
    return classifyResponse(failure.response, context);
  }
  if (failure instanceof UnusableResponse) {
    return diagnoseInvalidResponse(context, failure.message, failure.response);
  }
  return classifyNetworkFailure(failure, context);
}

/**
 * Parses the JSON of a 2xx response.
 *
 * @throws FailedResponse unless the status is 2xx; UnusableResponse when the body is not JSON
 */
export function readJson(response: ReceivedResponse): unknown {
  if (response.status < 200 || response.status >= 300) {
    throw new FailedResponse(response);
  }
  try {
    return JSON.parse(response.body);
  } catch {
    // The parser's message quotes the body.
    throw new UnusableResponse('the body is not JSON', response);
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
