import type { CohereSettings } from '../../config/resolved-configuration.interface.js';
import { operationAt } from '../../diagnosis/operation.interface.js';
import type { ApiKeyHolder } from '../api-key-holder.js';
import { callCohere } from '../call-cohere.js';
import type { CohereTransport } from '../cohere-transport.js';
import { clientUrl, exchangeForClient, isRepeatable } from './client-exchange.js';
import {
  failedResult,
  rawResponse,
  type SdkFetcher,
  type SdkRequest,
  withoutKey,
} from './client-result.js';

export interface ClientConnection {
  readonly transport: CohereTransport;
  readonly keys: ApiKeyHolder;
  readonly settings: Pick<CohereSettings, 'timeoutMs' | 'maxRetries' | 'rerankPath'>;
}

/**
 * Implements the SDK's transport with the pool, key, retries and deadline of rerank. The deadline covers the whole
 * answer; for a stream, the time to its headers. Returns failures in the SDK's format, so that callers get the SDK's
 * own errors.
 */
export function createClientFetcher({
  transport,
  keys,
  settings,
  sdkTimeoutMs,
}: ClientConnection & { readonly sdkTimeoutMs?: number | undefined }): SdkFetcher {
  // The contract is generic in the answer, and only the SDK knows which one it is.
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters
  return async <R>(request: SdkRequest) => {
    const { timeoutMs: asked = sdkTimeoutMs } = request;
    const timeoutMs = asked === sdkTimeoutMs ? settings.timeoutMs : (asked ?? settings.timeoutMs);
    const maxRetries = request.maxRetries ?? settings.maxRetries;
    const options = { transport, timeoutMs, maxRetries, signal: request.abortSignal };
    const { basePath } = transport;
    const url = clientUrl(request, basePath, settings.rerankPath);
    let lastFailure: unknown;
    return callCohere(options, async (call) => {
      try {
        const { value } = await call.request({
          keys,
          operation: operationAt(request.method, url.pathname.slice(basePath.length)),
          counts: true,
          repeatable: isRepeatable(request),
          attempt: async (key, _scope, received) => {
            try {
              const answer = await exchangeForClient(transport, { request, url }, key, call);
              received(answer.response.headers);
              return answer;
            } catch (failure) {
              lastFailure = withoutKey(failure, call.secretsWith(key));
              throw lastFailure;
            }
          },
        });
        const { body, response } = value;
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion
        return { ok: true, body: body as R, rawResponse: rawResponse(request.url, response) };
      } catch (error) {
        return failedResult(request, call.scope, lastFailure ?? error);
      }
    });
  };
}
