import type { TimeoutPhase } from '../diagnosis/diagnose-timeout.js';
import type { ReceivedResponse } from '../diagnosis/request-context.interface.js';

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
