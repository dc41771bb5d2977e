import type { EmulatedAccount } from '../endpoints/endpoint.interface.js';
import { routeOf } from '../endpoints/route.js';
import type { Credential } from '../keys/authenticate.js';
import { MESSAGES } from '../wire/messages.js';
import { Refusal } from '../wire/refusal.js';
import { errorReply, type Reply } from '../wire/reply.js';
import type { RequestBody } from '../wire/request-body.js';

/** A request as far as an answer depends on it. */
export interface IncomingCall {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly credential: Credential;
  readonly contentType: string | undefined;
  /** `undefined` where it was too large to read. */
  readonly body: RequestBody | undefined;
}

/** What Cohere would answer to a request of this account. */
export function answer(call: IncomingCall, account: EmulatedAccount): Reply {
  try {
    return dispatch(call, account);
  } catch (error) {
    if (error instanceof Refusal) {
      return errorReply(error.status, error.message, error.headers);
    }
    return emulatorFailed(error);
  }
}

/** A score() or a predicate of the test's own threw: the test sees why, on its side of the wire. */
export function emulatorFailed(error: unknown): Reply {
  const reason = error instanceof Error ? error.message : String(error);
  return errorReply(500, `the emulator failed: ${reason}`);
}

function dispatch(call: IncomingCall, account: EmulatedAccount): Reply {
  const route = routeOf(call.path);
  if (route === undefined) {
    throw new Refusal(404, MESSAGES.pageNotFound);
  }
  if (call.method !== route.method) {
    throw new Refusal(405, MESSAGES.methodNotAllowed);
  }
  if (call.body === undefined) {
    throw new Refusal(413, MESSAGES.bodyTooLarge);
  }
  return route.endpoint(
    {
      credential: call.credential,
      body: call.body,
      contentType: call.contentType,
      query: call.query,
      parameter: route.parameter,
    },
    account,
  );
}
