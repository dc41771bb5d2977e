import type { CohereClientV2 } from 'cohere-ai';
import type { CohereTransport } from './cohere-transport.js';
import type { RerankCall, RerankEndpoint, RerankQuery } from './rerank-endpoint.interface.js';
import { orAbort } from './abortable.js';
import { readJson } from './attempt-failure.js';
import { authorization } from './authorization.js';
import { loadSdk, type SdkFetcher, type SdkRequest } from './client/cohere-client.factory.js';

/** What the SDK sees of an answer. */
const NO_RESULTS: unknown = { results: [] };

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
    const { rawResponse } = await client
      .rerank(query, {
        abortSignal: signal,
        ...(bearer === undefined ? {} : { headers: { Authorization: bearer } }),
      })
      .withRawResponse();
    return rawResponse instanceof RawAnswer ? rawResponse.answer : undefined;
  }

  /** Loads the SDK and the pool, so that the first call need not. */
  load(): Promise<CohereClientV2> {
    this.#loading ??= this.#createClient();
    return this.#loading;
  }

  async #createClient(): Promise<CohereClientV2> {
    try {
      const [{ CohereClientV2 }] = await Promise.all([loadSdk(), this.#transport.loadDispatcher()]);
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
    const url = `${this.#transport.baseUrl}${RERANK_PATH}`;
    const noHeaders = new Headers();
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
      const rawResponse = new RawAnswer(url, noHeaders, readJson(response));
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      return { ok: true, body: NO_RESULTS as R, rawResponse };
    };
  }
}

/**
 * Carries the answer past the SDK, which gives a raw response back as it got it. The SDK would copy every
 * result through its schema without checking it; for a thousand documents that costs a fifth of the whole
 * call, and the answer is checked here in any case.
 */
class RawAnswer {
  readonly headers: Headers;
  readonly redirected = false;
  readonly status = 200;
  readonly statusText = 'OK';
  readonly type = 'basic';
  readonly url: string;
  readonly answer: unknown;

  constructor(url: string, headers: Headers, answer: unknown) {
    this.headers = headers;
    this.url = url;
    this.answer = answer;
  }
}
