import { diagnoseTimeout } from '../../diagnosis/diagnose-timeout.js';
import type { ApiKeyHolder } from '../api-key-holder.js';
import { attemptUntilDone } from '../attempts.js';
import type { CohereTransport } from '../cohere-transport.js';
import { failedResult, rawResponse } from './client-result.js';
import type { Secret } from '../../config/api-key/secret.js';
import type { CohereSettings } from '../../config/resolved-configuration.interface.js';
import { orAbort } from '../abortable.js';
import { diagnoseAttempt } from '../attempt-failure.js';
import { requestContext } from '../authorization.js';
import { CallScope } from '../call-scope.js';
import { exchangeForClient, isRepeatable, isStreaming } from './client-exchange.js';
import type { SdkFetcher, SdkRequest } from './cohere-client.factory.js';

export interface ClientConnection {
  readonly transport: CohereTransport;
  readonly keys: ApiKeyHolder;
  readonly settings: Pick<CohereSettings, 'timeoutMs' | 'maxRetries'>;
}

/**
 * The SDK's transport for the injected client: the pool, the key, the retries and the one deadline that
 * rerank has. The deadline covers the whole answer, or the time to its headers where the answer is a
 * stream. Failures are handed over as the SDK expects them, so that its own errors reach the caller.
 */
export function createClientFetcher({ transport, keys, settings }: ClientConnection): SdkFetcher {
  // The contract is generic in the answer, and only the SDK knows which one it is.
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters
  return async <R>(request: SdkRequest) => {
    const timeoutMs = request.timeoutMs ?? settings.timeoutMs;
    const scope = new CallScope(timeoutMs, request.abortSignal, transport.callerSignals);
    const context = () => requestContext(transport, pathOf(request), key, keys.sourceName);
    const repeatable = isRepeatable(request);
    let key: Secret | undefined;
    let lastFailure: unknown;
    let streaming = false;
    try {
      const refreshing = keys.refresh();
      if (refreshing !== undefined) {
        await orAbort(refreshing, scope.signal);
      }
      const { value } = await attemptUntilDone({
        scope,
        budget: transport.retryBudget,
        rateLimit: transport.rateLimit,
        currentKey: () => keys.current,
        maxRetries: repeatable ? (request.maxRetries ?? settings.maxRetries) : 0,
        attempt: async () => {
          key = keys.current;
          try {
            return await exchangeForClient(transport, request, key, scope);
          } catch (failure) {
            lastFailure = failure;
            throw failure;
          }
        },
        diagnose: (failure) => diagnoseAttempt(failure, context(), key),
        diagnoseTimeout: (phase) => diagnoseTimeout(context(), timeoutMs, phase),
        renewKey: async (diagnosis) =>
          key !== undefined && (await keys.renew(key, diagnosis)) && repeatable,
      });
      streaming = isStreaming(request);
      const { body, response } = value;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      return { ok: true, body: body as R, rawResponse: rawResponse(request.url, response) };
    } catch (error) {
      return failedResult(request, scope, lastFailure ?? error);
    } finally {
      if (!streaming) {
        scope.close();
      }
    }
  };
}

function pathOf({ url }: SdkRequest): string {
  return new URL(url).pathname;
}
