import { checkApiKey } from './endpoints/check-api-key.js';
import type { EmulatedAccount, Endpoint, EndpointCall } from './endpoints/endpoint.interface.js';
import { getModel, listModels } from './endpoints/models.js';
import { rerankV1 } from './endpoints/rerank-v1.js';
import { rerankV2 } from './endpoints/rerank-v2.js';
import { emulatorError, type EmulatorResponse, MESSAGES, Refusal } from './wire.js';

const ENDPOINTS: readonly Endpoint[] = [rerankV2, rerankV1, checkApiKey, listModels, getModel];

/** The parts of a request that a response depends on. */
export interface IncomingCall extends Omit<EndpointCall, 'parameter' | 'body'> {
  readonly method: string;
  readonly path: string;
  /** `undefined` where it was too large to read. */
  readonly body: EndpointCall['body'] | undefined;
}

/**
 * Returns the response of Cohere to a request of this account.
 *
 * @throws what the test's own `score` throws
 */
export function answer(call: IncomingCall, account: EmulatedAccount): EmulatorResponse {
  try {
    return dispatch(call, account);
  } catch (error) {
    if (error instanceof Refusal) {
      return emulatorError(error.status, error.message, error.headers);
    }
    throw error;
  }
}

function dispatch(
  { method, path, body, ...call }: IncomingCall,
  account: EmulatedAccount,
): EmulatorResponse {
  for (const endpoint of ENDPOINTS) {
    const parameter = parameterOf(endpoint, path);
    if (parameter !== undefined) {
      if (method !== endpoint.method) {
        throw new Refusal(405, MESSAGES.methodNotAllowed);
      }
      if (body === undefined) {
        throw new Refusal(413, MESSAGES.bodyTooLarge);
      }
      return endpoint.answer({ ...call, body, parameter }, account);
    }
  }
  throw new Refusal(404, MESSAGES.pageNotFound);
}

/** The parameter in a path of this endpoint, empty where there is none; `undefined` for any other path. */
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
