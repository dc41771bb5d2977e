import type { CohereClientV2 } from 'cohere-ai';
import type { SdkFetcher, SdkRequest } from './sdk-fetcher.js';
import { authorization } from './authorization.js';
import type { CohereTransport } from './cohere-transport.js';
import { loadSdk } from './load-sdk.js';
import { orAbort } from './or-abort.js';
import { readRerankAnswer } from './read-rerank-answer.js';
import type { RerankCall, RerankEndpoint, RerankQuery } from './rerank-endpoint.interface.js';

export const RERANK_PATH = '/v2/rerank';

/** Ranks through `CohereClientV2`, so that the official client stays the one that knows the wire format. */
export class SdkRerankEndpoint implements RerankEndpoint {
  readonly #transport: CohereTransport;
  #client: CohereClientV2 | undefined;
  #loading: Promise<CohereClientV2> | undefined;

  constructor(transport: CohereTransport) {
    this.#transport = transport;
  }

  async rerank(query: RerankQuery, { key, signal }: RerankCall): Promise<unknown> {
    const client = this.#client ?? (await orAbort(this.load(), signal));
    const bearer = authorization(key);
    return client.rerank(query, {
      abortSignal: signal,
      ...(bearer === undefined ? {} : { headers: { Authorization: bearer } }),
    });
  }

  /** Loads the SDK, so that the first call need not. */
  load(): Promise<CohereClientV2> {
    this.#loading ??= this.#createClient();
    return this.#loading;
  }

  async #createClient(): Promise<CohereClientV2> {
    try {
      const { CohereClientV2 } = await loadSdk();
      this.#client = new CohereClientV2({
        baseUrl: this.#transport.baseUrl,
        // Each call brings its own key; an empty token keeps the SDK from reading CO_API_KEY.
        token: () => '',
        fetcher: this.#fetcher(),
        maxRetries: 0,
      });
      return this.#client;
    } finally {
      this.#loading = undefined;
    }
  }

  /** One attempt. What it throws reaches the caller of the SDK unchanged. */
  #fetcher(): SdkFetcher {
    // The SDK hands it on to whoever asks for the raw response; nobody does here.
    const rawResponse = {
      headers: new Headers(),
      redirected: false,
      status: 200,
      statusText: 'OK',
      type: 'basic',
      url: `${this.#transport.baseUrl}${RERANK_PATH}`,
    } as const;
    // oxlint-disable-next-line typescript/no-unnecessary-type-parameters
    return async <R>({ headers, body, abortSignal }: SdkRequest) => {
      if (abortSignal === undefined) {
        throw new TypeError('a call without a signal has no deadline');
      }
      const bearer = headers?.['authorization'];
      const response = await this.#transport.send({
        method: 'POST',
        path: RERANK_PATH,
        authorization: typeof bearer === 'string' ? bearer : undefined,
        body: JSON.stringify(body),
        signal: abortSignal,
      });
      // R is what the SDK expects of this path, and what has just been checked.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      return { ok: true, body: readRerankAnswer(response) as R, rawResponse };
    };
  }
}
