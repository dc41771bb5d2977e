import { ApiKeyHolder } from '../transport/api-key-holder.js';
import type { Attempted } from '../transport/attempts.js';
import type { CohereTransport } from '../transport/cohere-transport.js';
import type { RerankEndpoint } from '../transport/rerank-endpoint.interface.js';
import { SdkRerankEndpoint } from '../transport/sdk-rerank-endpoint.js';
import { documentTexts } from './documents/document-texts.js';
import { splitIntoBatches } from './documents/split-into-batches.js';
import { rankBatches, type RankingOrder, type RerankConnection } from './rank-batches.js';
import { toQuery } from './to-query.js';
import { lintApiKey } from '../config/api-key/api-key-lint.js';
import type { ApiKeySource } from '../config/api-key/api-key-source.interface.js';
import type { CohereSettings } from '../config/resolved-configuration.interface.js';
import { AuthenticationError } from '../diagnosis/errors.js';
import { orAbort } from '../transport/abortable.js';
import { type KeyStatus, probeKey, type ProbeOptions } from '../transport/key-check.js';
import { checkCallOptions, checkEachOptions, checkRequest } from './check-request.js';
import type { Ranking } from './read-ranking.js';
import { rerankEach, type RerankEachOptions, type RerankOutcome } from './rerank-each.js';
import type { RerankCallOptions, RerankRequest, RerankResponse } from './rerank.interface.js';
import type { ScoreCache } from './score-cache.js';
import { type CachedAnswers, rankThroughCache } from './score-cached-ranking.js';
import { loadTelemetry, type RerankTelemetry } from './telemetry.js';
import { toResponse } from './to-response.js';

export interface RerankDependencies {
  readonly settings: CohereSettings;
  readonly transport: CohereTransport;
  readonly keys: ApiKeyHolder;
  /** Default: Cohere, through the SDK. */
  readonly endpoint?: RerankEndpoint;
  /** Default: OpenTelemetry, where the app has it. */
  readonly telemetry?: Promise<RerankTelemetry | undefined>;
  readonly scoreCache?: ScoreCache | undefined;
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
  readonly #scoreCache: ScoreCache | undefined;
  #telemetry: Promise<RerankTelemetry | undefined> | undefined;

  /** @internal */
  constructor({ settings, transport, keys, endpoint, telemetry, scoreCache }: RerankDependencies) {
    this.#settings = settings;
    this.#transport = transport;
    this.#keys = keys;
    this.#endpoint = endpoint ?? new SdkRerankEndpoint(transport);
    this.#telemetry = telemetry;
    this.#scoreCache = scoreCache;
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
    const texts = await documentTexts(request);
    const query = toQuery(request, this.#settings.model);
    const split = splitIntoBatches(request.documents, texts, this.#settings.maxDocumentsPerRequest);
    if (split.batches.length === 0) {
      return toResponse(request, [], split.blank, query.model);
    }
    const run = async () => {
      const order = { batches: split.batches, query, topN: request.topN };
      if (this.#scoreCache !== undefined && query.relevant_spans === undefined) {
        const { attempted, cached } = await this.#rankThroughCache(
          this.#scoreCache,
          order,
          options,
        );
        return toResponse(request, attempted, split.blank, query.model, cached);
      }
      const rankings = await this.#rank(order, options);
      return toResponse(request, rankings, split.blank, query.model);
    };
    const telemetry = await this.#loadTelemetry();
    return telemetry === undefined
      ? run()
      : telemetry.observe({ ...query, texts, topN: request.topN }, run);
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
      telemetry: this.#loadTelemetry(),
      scoreCache: this.#scoreCache,
    });
  }

  /**
   * Asks Cohere whether the key is good, now. Costs nothing, except with mode `rerank`.
   *
   * @throws nothing but the reason of `options.signal`, and InvalidRequestError when an option is wrong
   */
  async checkKey(options: CheckKeyOptions = {}): Promise<KeyStatus> {
    checkCallOptions(options);
    const patience = AbortSignal.timeout(options.timeoutMs ?? this.#settings.timeoutMs);
    await orAbort(Promise.resolve(this.#keys.refresh()), patience).catch(() => undefined);
    const key = this.#keys.current;
    const status = await this.#probe(options);
    if (key === undefined || status.verdict === 'undetermined') {
      return status;
    }
    if (status.diagnosis === undefined) {
      this.#keys.accept(key);
      return status;
    }
    const renewing = this.#keys.renew(key, status.diagnosis);
    const renewed = await orAbort(renewing, patience).catch(() => false);
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

  /** Loads what the first call needs, so that it need not wait for it. */
  async preload(): Promise<void> {
    await Promise.all([this.#endpoint.load?.(), this.#loadTelemetry()]);
  }

  #loadTelemetry(): Promise<RerankTelemetry | undefined> {
    this.#telemetry ??= loadTelemetry(this.#settings);
    return this.#telemetry;
  }

  #rank<T extends string | object>(
    order: Pick<RankingOrder<T>, 'batches' | 'query' | 'topN'>,
    options: RerankCallOptions,
  ): Promise<readonly Attempted<Ranking<T>>[]> {
    return rankBatches(this.#connection(), { ...order, ...this.#limits(options) });
  }

  #rankThroughCache<T extends string | object>(
    cache: ScoreCache,
    order: Pick<RankingOrder<T>, 'batches' | 'query'>,
    options: RerankCallOptions,
  ): Promise<CachedAnswers<T>> {
    return rankThroughCache(cache, this.#settings.maxDocumentsPerRequest, this.#connection(), {
      ...order,
      ...this.#limits(options),
    });
  }

  #connection(): RerankConnection {
    return { transport: this.#transport, keys: this.#keys, endpoint: this.#endpoint };
  }

  #limits({ timeoutMs, maxRetries, signal }: RerankCallOptions) {
    return {
      timeoutMs: timeoutMs ?? this.#settings.timeoutMs,
      maxRetries: maxRetries ?? this.#settings.maxRetries,
      signal,
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
