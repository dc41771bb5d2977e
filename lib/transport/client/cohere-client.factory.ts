import type * as CohereSdk from 'cohere-ai';
import type { CohereClientV2 } from 'cohere-ai';
import { createDiagnosis } from '../../diagnosis/create-diagnosis.js';
import { createError, type DiagnosedError } from '../../diagnosis/errors.js';
import type { ApiKeyHolder } from '../api-key-holder.js';
import type { CohereTransport } from '../cohere-transport.js';
import type { ClientConnection } from './client-call.js';
import { createClientFetch } from './client-fetch.js';
import { createClientFetcher } from './client-fetcher.js';

/**
 * Loads `cohere-ai`, an optional peer that only `client: true` needs; it costs some 0.3 s and 29 MB. No other code
 * loads it, and a failing boot never does.
 *
 * @throws ConfigurationError when the package is not installed
 */
export async function loadSdk(): Promise<Partial<typeof CohereSdk>> {
  try {
    return await import('cohere-ai');
  } catch (error) {
    throw unusableSdk(
      'The package cohere-ai cannot be loaded.',
      `client: true asks for its CohereClientV2; it is an optional peer dependency of nestjs-cohere. ${describe(error)}`,
    );
  }
}

function unusableSdk(title: string, detail: string): DiagnosedError {
  return createError(
    createDiagnosis('COHERE_CONFIG_INVALID', {
      title,
      detail,
      fix: [
        'Run npm install cohere-ai@latest, and start the app again.',
        'Or leave client: true out: RerankService needs no SDK.',
      ],
    }),
  );
}

function describe(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1).join('');
}

/**
 * Creates the SDK's client over this library's transport, with its pool, base URL, key rotation, retries and
 * deadline. Errors are the SDK's own.
 */
export async function createCohereClient(
  transport: CohereTransport,
  keys: ApiKeyHolder,
  settings: ClientConnection['settings'],
  paths: ClientConnection['paths'] = new Map(),
): Promise<CohereClientV2> {
  const { CohereClientV2 } = await loadSdk();
  if (typeof CohereClientV2 !== 'function') {
    throw unusableSdk(
      'The installed cohere-ai has no CohereClientV2.',
      'client: true asks for it; cohere-ai has it since 7.13.',
    );
  }
  // Up to 7.20 the client has no `fetch`, and up to 7.19 no deadline option: it sets its own for each request.
  const sdkTimeoutMs = 'fetch' in CohereClientV2.prototype ? settings.timeoutMs : 300_000;
  const connection = { transport, keys, settings, paths };
  return new CohereClientV2({
    baseUrl: transport.baseUrl,
    // The name of the base URL up to SDK 7.17.
    environment: transport.baseUrl,
    // The transport adds the key; an empty token keeps the SDK from reading CO_API_KEY.
    token: () => '',
    fetcher: createClientFetcher(connection, sdkTimeoutMs),
    fetch: createClientFetch(connection),
    timeoutInSeconds: settings.timeoutMs / 1_000,
    maxRetries: settings.maxRetries,
  });
}
