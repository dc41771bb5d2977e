import { checkApiKey } from './endpoints/check-api-key.js';
import type { EmulatedAccount, Endpoint, EndpointCall } from './endpoints/endpoint.interface.js';
import { getModel, listModels } from './endpoints/models.js';
import { rerankV1 } from './endpoints/rerank-v1.js';
import { rerankV2 } from './endpoints/rerank-v2.js';
import { authenticate } from './keys.js';
import {
  emulatorError,
  type EmulatorResponse,
  emulatorResponse,
  MESSAGES,
  Refusal,
} from './wire.js';

/** The endpoints. A new one is one file and one row. */
const ENDPOINTS: readonly Endpoint[] = [rerankV2, rerankV1, checkApiKey, listModels, getModel];

/** The parts of a request that a response depends on. */
export interface IncomingCall extends Omit<EndpointCall, 'parameter' | 'body'> {
  readonly method: string;
  readonly path: string;
  /** The body; `undefined` if it was too large to read. */
  readonly body: EndpointCall['body'] | undefined;
}

/**
 * Returns the response of Cohere to a request of this account. The call of a trial key counts once the key is
 * admitted, and a refusal has the trial headers too, as recorded from Cohere.
 *
 * @throws what the test's own `score` throws
 */
export function answer(
  { method, path, body, ...call }: IncomingCall,
  account: EmulatedAccount,
): EmulatorResponse {
  let headers: Readonly<Record<string, string>> = {};
  try {
    const { endpoint, parameter } = findEndpoint(path);
    if (method !== endpoint.method) {
      throw new Refusal(405, MESSAGES.methodNotAllowed);
    }
    if (body === undefined) {
      throw new Refusal(413, MESSAGES.bodyTooLarge);
    }
    const endpointCall = { ...call, body, parameter };
    if (endpoint.operation !== undefined) {
      const limits = account.limits.admit(authenticate(call.credential), endpoint.operation);
      headers = { ...limits, ...endpoint.headers?.(endpointCall) };
    }
    return emulatorResponse(200, endpoint.answer(endpointCall, account), headers);
  } catch (error) {
    if (error instanceof Refusal) {
      return emulatorError(error.status, error.message, { ...headers, ...error.headers });
    }
    throw error;
  }
}

/** @throws Refusal with 404 */
export function findEndpoint(path: string): {
  readonly endpoint: Endpoint;
  readonly parameter: string;
} {
  for (const endpoint of ENDPOINTS) {
    const parameter = parameterOf(endpoint, path);
    if (parameter !== undefined) {
      return { endpoint, parameter };
    }
  }
  throw new Refusal(404, MESSAGES.pageNotFound);
}

/** Returns the parameter in a path of this endpoint, empty without one; `undefined` for any other path. */
function parameterOf({ path: pattern }: Endpoint, path: string): string | undefined {
  if (typeof pattern === 'string') {
    return pattern === path ? '' : undefined;
  }
  const parameter = pattern.exec(path)?.[1];
  try {
    return parameter === undefined ? undefined : decodeURIComponent(parameter);
  } catch {
    return parameter;
  }
}
