import type { CohereClientV2 } from 'cohere-ai';
import type { CohereSettings } from '../config/cohere-settings.interface.js';
import type { ApiKeyHolder } from './api-key-holder.js';
import { createClientFetch } from './client/client-fetch.js';
import { createClientFetcher } from './client/client-fetcher.js';
import type { CohereTransport } from './cohere-transport.js';
import { loadSdk } from './load-sdk.js';

/**
 * The SDK's whole client over this library's transport: same pool, base URL, key and its rotation,
 * retries and deadline. Its errors are the SDK's own.
 */
export async function createCohereClient(
  transport: CohereTransport,
  keys: ApiKeyHolder,
  settings: Pick<CohereSettings, 'timeoutMs' | 'maxRetries'>,
): Promise<CohereClientV2> {
  const { CohereClientV2 } = await loadSdk();
  return new CohereClientV2({
    baseUrl: transport.baseUrl,
    // The key is added where the request is sent; an empty token keeps the SDK from reading CO_API_KEY.
    token: () => '',
    fetcher: createClientFetcher({ transport, keys, settings }),
    fetch: createClientFetch(transport, keys),
    timeoutInSeconds: settings.timeoutMs / 1_000,
    maxRetries: settings.maxRetries,
  });
}
