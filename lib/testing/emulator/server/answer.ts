import { checkApiKey } from '../endpoints/check-api-key.js';
import type { EmulatedAccount, Endpoint } from '../endpoints/endpoint.interface.js';
import { getModel, listModels } from '../endpoints/models.js';
import { rerankV1 } from '../endpoints/rerank-v1.js';
import { rerankV2 } from '../endpoints/rerank-v2.js';
import type { Credential } from '../keys/authenticate.js';
import type { RequestBody } from '../wire/request-body.js';
import { emulatorError, type EmulatorResponse, MESSAGES, Refusal } from '../wire/response.js';

interface Route {
  readonly method: 'GET' | 'POST';
  readonly endpoint: Endpoint;
  readonly parameter: string;
}

const FIXED: ReadonlyMap<string, Route> = new Map([
  ['/v2/rerank', { method: 'POST', endpoint: rerankV2, parameter: '' }],
  ['/v1/rerank', { method: 'POST', endpoint: rerankV1, parameter: '' }],
  ['/v1/check-api-key', { method: 'POST', endpoint: checkApiKey, parameter: '' }],
  ['/v1/models', { method: 'GET', endpoint: listModels, parameter: '' }],
]);
const ONE_MODEL = /^\/v1\/models\/([^/]+)$/;

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
export function answer(call: IncomingCall, account: EmulatedAccount): EmulatorResponse {
  try {
    return dispatch(call, account);
  } catch (error) {
    if (error instanceof Refusal) {
      return emulatorError(error.status, error.message, error.headers);
    }
    return emulatorFailed(error);
  }
}

/** A score() or a predicate of the test's own threw: the test sees why, on its side of the wire. */
export function emulatorFailed(error: unknown): EmulatorResponse {
  const reason = error instanceof Error ? error.message : String(error);
  return emulatorError(500, `the emulator failed: ${reason}`);
}

function dispatch(call: IncomingCall, account: EmulatedAccount): EmulatorResponse {
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

/** The endpoint that serves a path, if any does. */
function routeOf(path: string): Route | undefined {
  const fixed = FIXED.get(path);
  if (fixed !== undefined) {
    return fixed;
  }
  const model = ONE_MODEL.exec(path)?.[1];
  return model === undefined
    ? undefined
    : { method: 'GET', endpoint: getModel, parameter: decode(model) };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
