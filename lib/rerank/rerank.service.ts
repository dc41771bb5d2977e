import type { ApiKeySource } from '../config/api-key-source.interface.js';
import { lintApiKey } from '../config/api-key-lint.js';
import type { CohereSettings } from '../config/cohere-settings.interface.js';
import { AuthenticationError } from '../diagnosis/errors/authentication.error.js';
import { ApiKeyHolder } from '../transport/api-key-holder.js';
import type { CohereTransport } from '../transport/cohere-transport.js';
import type { KeyStatus } from '../transport/key-status.interface.js';
import { probeKey, type ProbeOptions } from '../transport/probe-key.js';
import type { RerankEndpoint } from '../transport/rerank-endpoint.interface.js';
import { SdkRerankEndpoint } from '../transport/sdk-rerank-endpoint.js';
import { documentTexts } from './documents/document-texts.js';
import { isBlank, splitIntoBatches } from './documents/split-into-batches.js';
import { rankBatches, type RankingOrder } from './rank-batches.js';
import { rerankEach } from './rerank-each.js';
import type { RerankEachOptions, RerankOutcome } from './rerank-each.interface.js';
import type { RerankCallOptions, RerankRequest } from './rerank-request.interface.js';
import type { RerankResponse } from './rerank-response.interface.js';
import { toQuery } from './to-query.js';
import { toResponse } from './to-response.js';
import { checkCallOptions, checkEachOptions, checkRequest } from './validation/check-request.js';

export interface RerankDependencies {
  readonly settings: CohereSettings;
  readonly transport: CohereTransport;
  readonly keys: ApiKeyHolder;
  /** Default: Cohere, through the SDK. */
  readonly endpoint?: RerankEndpoint;
}

/**
 * What `checkKey` may set.
 *
 * @publicApi
 */
export interface CheckKeyOptions {
  /** How far to go, as with `startupCheck`. Default `'key'`. */
  readonly mode?: ProbeOptions['mode'] | undefined;
  /** Deadline of the whole check in milliseconds, 1 to 600,000. Default: the module's. */
  readonly timeoutMs?: number | undefined;
  /** Default: the module's. */
  readonly maxRetries?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Ranks documents by their relevance to a query.
 *
 * @example
 * ```ts
 * constructor(private readonly rerank: RerankService) {}
 *
 * const { results } = await this.rerank.rerank({ query, documents: articles, topN: 5 });
 * return results.map(({ document }) => document);
 * ```
 * @publicApi
 */
export class RerankService {
  readonly #settings: CohereSettings;
  readonly #transport: CohereTransport;
  readonly #keys: ApiKeyHolder;
  readonly #endpoint: RerankEndpoint;

  constructor({ settings, transport, keys, endpoint }: RerankDependencies) {
    this.#settings = settings;
    this.#transport = transport;
    this.#keys = keys;
    this.#endpoint = endpoint ?? new SdkRerankEndpoint(transport);
  }

  /**
   * Ranks the documents of one request. However many there are, the ranking is one and exact.
   *
   * @throws InvalidRequestError before anything is sent, when an argument is wrong
   * @throws AuthenticationError when Cohere refuses the key
   * @throws RateLimitError, QuotaError, UnavailableError, TimeoutError; all of them are DiagnosedErrors
   * @throws the reason of `options.signal` when it aborts
   */
  async rerank<T extends string | object>(
    request: RerankRequest<T>,
    options: RerankCallOptions = {},
  ): Promise<RerankResponse<T>> {
    checkRequest(request);
    checkCallOptions(options);
    const texts = documentTexts(request);
    const order = this.#order(request, texts, options);
    const rankings =
      order.batches.length === 0
        ? []
        : await rankBatches(
            { transport: this.#transport, keys: this.#keys, endpoint: this.#endpoint },
            order,
          );
    return toResponse(request, rankings, blankIndices(texts), order.query.model);
  }

  /**
   * Ranks many requests, some at a time, with flat memory. A request that fails does not stop the
   * others: its outcome holds the error. Outcomes come in the order in which they finish; `index` says
   * which request each belongs to.
   *
   * @throws InvalidRequestError at once when an option is wrong; while iterating, the reason of
   *   `options.signal` when it aborts, and what reading the input throws
   * @example
   * ```ts
   * for await (const { index, response, error } of rerank.rerankEach(requests)) { … }
   * ```
   */
  rerankEach<T extends string | object>(
    requests: Iterable<RerankRequest<T>> | AsyncIterable<RerankRequest<T>>,
    options: RerankEachOptions = {},
  ): AsyncGenerator<RerankOutcome<T>, void, undefined> {
    checkEachOptions(requests, options);
    const { concurrency, onProgress, signal, ...callOptions } = options;
    return rerankEach(requests, {
      concurrency: concurrency ?? this.#settings.concurrency,
      signal,
      onProgress,
      rerank: (request, ownSignal) => this.rerank(request, { ...callOptions, signal: ownSignal }),
    });
  }

  /**
   * A service for another key of the same deployment: that of a tenant, or of one request. It shares
   * connections, concurrency and settings, and nothing that concerns the key. Cheap to make.
   *
   * @throws AuthenticationError when the value cannot be an API key
   */
  forKey(apiKey: string): RerankService {
    const { key, problem } = lintApiKey(apiKey, FOR_KEY_NAME);
    if (problem !== undefined) {
      throw new AuthenticationError(problem);
    }
    const source: ApiKeySource = {
      name: FOR_KEY_NAME,
      read: () => Promise.resolve(key),
      mayHaveChanged: () => Promise.resolve(false),
    };
    return new RerankService({
      settings: this.#settings,
      transport: this.#transport,
      keys: new ApiKeyHolder(source, key),
      endpoint: this.#endpoint,
    });
  }

  /**
   * Asks Cohere whether the key is good, now. Costs nothing, except with mode `rerank`.
   *
   * @throws nothing but the reason of `options.signal`, and InvalidRequestError when an option is wrong
   */
  async checkKey(options: CheckKeyOptions = {}): Promise<KeyStatus> {
    checkCallOptions(options);
    await this.#keys.refresh();
    const key = this.#keys.current;
    const status = await this.#probe(options);
    if (key === undefined || status.verdict === 'undetermined') {
      return status;
    }
    if (status.diagnosis === undefined) {
      this.#keys.accept(key);
      return status;
    }
    const renewed = await this.#keys.renew(key, status.diagnosis);
    return renewed ? this.#probe(options) : status;
  }

  /**
   * Reads the place the key comes from again now, and forgets that Cohere refused a key. With `forKey`
   * there is no such place; it only forgets.
   *
   * @throws AuthenticationError when no usable key is there; the last good one stays in use
   */
  reloadKey(): Promise<void> {
    return this.#keys.reload();
  }

  #order<T extends string | object>(
    request: RerankRequest<T>,
    texts: readonly string[],
    options: RerankCallOptions,
  ): RankingOrder {
    const settings = this.#settings;
    return {
      batches: splitIntoBatches(texts, settings.maxDocumentsPerRequest),
      query: toQuery(request, settings.model),
      topN: request.topN,
      timeoutMs: options.timeoutMs ?? settings.timeoutMs,
      maxRetries: options.maxRetries ?? settings.maxRetries,
      signal: options.signal,
    };
  }

  #probe({ mode = 'key', timeoutMs, maxRetries, signal }: CheckKeyOptions): Promise<KeyStatus> {
    const settings = this.#settings;
    return probeKey(this.#transport, this.#keys.current, {
      mode,
      model: settings.model,
      timeoutMs: timeoutMs ?? settings.timeoutMs,
      maxRetries: maxRetries ?? settings.maxRetries,
      keyName: this.#keys.sourceName,
      ...(signal === undefined ? {} : { signal }),
    });
  }
}

const FOR_KEY_NAME = 'the key given to forKey()';

function blankIndices(texts: readonly string[]): readonly number[] {
  return texts.flatMap((text, index) => (isBlank(text) ? [index] : []));
}
