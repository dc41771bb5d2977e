import type { Secret } from '../config/api-key/secret.js';
import { classifyNetworkFailure } from '../diagnosis/classify-network-failure.js';
import { classifyResponse, diagnoseInvalidResponse } from '../diagnosis/classify-response.js';
import type { TimeoutPhase } from '../diagnosis/diagnose-timeout.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { DiagnosedError } from '../diagnosis/errors.js';
import type { ReceivedResponse, RequestContext } from '../diagnosis/request-context.js';

/**
 * An attempt was answered with another status than 2xx. It never leaves this library: the loop around
 * the attempts makes a diagnosis of it.
 */
export class FailedResponse extends Error {
  readonly response: ReceivedResponse;

  constructor(response: ReceivedResponse) {
    super(`HTTP ${response.status}`);
    this.response = response;
  }
}

/** An attempt was answered with 2xx, but with something that cannot be an answer of Cohere. */
export class UnusableResponse extends Error {
  readonly response: ReceivedResponse | undefined;

  /** @param what a clause that quotes none of the content, such as `the body is not JSON` */
  constructor(what: string, response?: ReceivedResponse) {
    super(what);
    this.response = response;
  }
}

/** The signal of the call aborted while an attempt was under way. */
export class InterruptedAttempt extends Error {
  readonly phase: TimeoutPhase;

  constructor(phase: TimeoutPhase) {
    super(`interrupted: ${phase}`);
    this.phase = phase;
  }
}

/** The call has too little time left to use an answer, so nothing was sent. */
export class TooLate extends Error {}

/** The secrets to redact in whatever is shown of a failure. */
export function secretsOf(key: Secret | undefined): readonly string[] {
  return key === undefined ? [] : [key.reveal()];
}

/** What went wrong with one attempt, whatever it ended with. */
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
 * The JSON of a good answer.
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
    // The parser's own message quotes the body.
    throw new UnusableResponse('the body is not JSON', response);
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
