import type { EmulatedAccount } from '../endpoints/endpoint.interface.js';
import { routeOf } from '../endpoints/route.js';
import { authenticate } from '../keys/authenticate.js';
import type { KeyRegistry } from '../keys/key-registry.js';
import { MESSAGES } from '../wire/messages.js';
import { Refusal } from '../wire/refusal.js';
import { errorReply, type Reply } from '../wire/reply.js';

/** A request as far as an answer depends on it. */
export interface IncomingCall {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  /** `undefined` where it was too large to read. */
  readonly body: string | undefined;
}

/** What Cohere would answer: a pure function of the request and the emulated account. */
export function answer(call: IncomingCall, keys: KeyRegistry, account: EmulatedAccount): Reply {
  try {
    return dispatch(call, keys, account);
  } catch (error) {
    if (error instanceof Refusal) {
      return errorReply(error.status, error.message);
    }
    const reason = error instanceof Error ? error.message : String(error);
    return errorReply(500, `the emulator failed: ${reason}`);
  }
}

function dispatch(call: IncomingCall, keys: KeyRegistry, account: EmulatedAccount): Reply {
  const route = routeOf(call.path);
  if (route === undefined) {
    throw new Refusal(404, MESSAGES.pageNotFound);
  }
  if (call.method !== route.method) {
    throw new Refusal(405, MESSAGES.methodNotAllowed);
  }
  const caller = authenticate(call.authorization, keys);
  if (call.body === undefined) {
    throw new Refusal(413, MESSAGES.bodyTooLarge);
  }
  return route.endpoint(
    {
      caller,
      body: call.body,
      contentType: call.contentType,
      query: new URLSearchParams(call.query),
      parameter: route.parameter,
    },
    account,
  );
}
