import type { CohereSettings } from '../config/resolved-configuration.interface.js';
import type { StartupCheckMode } from '../config/settings.js';
import { CATALOGUE } from '../diagnosis/catalogue.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { diagnoseTimeout } from '../diagnosis/diagnose-timeout.js';
import type { Operation } from '../diagnosis/operation.interface.js';
import type { DiagnosedError } from '../diagnosis/errors.js';
import type { ApiKeyHolder } from '../transport/api-key-holder.js';
import type { ApiKeyService } from '../transport/api-key.service.js';
import { wait } from '../transport/abortable.js';
import { callCohere, type CohereCall, requestContext } from '../transport/call-cohere.js';
import type { CallerSignals } from '../transport/call-scope.js';
import type { CohereTransport } from '../transport/cohere-transport.js';
import type { KeyStatus } from '../transport/key-facts.js';
import { HttpRerankEndpoint, type RerankEndpoint, type RerankQuery } from './rerank-endpoint.js';
import { rerankAt } from './rerank-operation.js';
import {
  checkCallOptions,
  checkEachOptions,
  checkKeyOptions,
  copyRequest,
} from './check-request.js';
import { loadTelemetry } from './open-telemetry.js';
import { inOriginalOrder, isDegradable } from './original-order.js';
import { documentTexts } from './documents/document-texts.js';
import { splitIntoBatches } from './documents/split-into-batches.js';
import { Pace } from './pace.js';
import { rankBatches, toQuery } from './rank-batches.js';
import { rerankEach, type RerankEachOptions, type RerankOutcome } from './rerank-each.js';
import type {
  RerankCallOptions,
  RerankRequest,
  RerankResponse,
  RerankResult,
} from './rerank.interface.js';
import { MAX_CACHED_SCORES, type ScoreCache } from './score-cache.js';
import { type CachedJob, rankThroughCache } from './score-cached-ranking.js';
import type { RerankTelemetry } from './telemetry.js';
import { toResponse } from './to-response.js';

export interface RerankDependencies {
  readonly settings: CohereSettings;
  readonly transport: CohereTransport;
  readonly apiKey: ApiKeyService;
  /** The endpoint. Default: Cohere over HTTP. */
  readonly endpoint?: RerankEndpoint | undefined;
  /** The telemetry. Default: OpenTelemetry, if the app has it. */
  readonly telemetry?: Promise<RerankTelemetry | undefined> | undefined;
  readonly scoreCache?: ScoreCache | undefined;
  /** True for a key given to `forKey()`: its scores are kept apart from those of all others. */
  readonly isTenant?: boolean | undefined;
  /** Reports a call whose documents were returned in their original order. */
  readonly onDegraded?: ((diagnosis: Diagnosis) => void) | undefined;
}

/**
 * The options of `checkKey`.
 *
 * @publicApi
 */
export interface CheckKeyOptions {
  /** The depth of the check, as with `startupCheck`. Default `'key'`. */
  readonly mode?: Exclude<StartupCheckMode, 'off'> | undefined;
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
  readonly #apiKey: ApiKeyService;
  readonly #operation: Operation;
  readonly #endpoint: RerankEndpoint;
  readonly #scoreCache: ScoreCache | undefined;
  readonly #isTenant: boolean;
  readonly #onDegraded: ((diagnosis: Diagnosis) => void) | undefined;
  #telemetry: Promise<RerankTelemetry | undefined> | undefined;

  /** @internal */
  constructor(dependencies: RerankDependencies) {
    const { settings, transport, apiKey, endpoint, telemetry, scoreCache } = dependencies;
    this.#settings = settings;
    this.#transport = transport;
    this.#apiKey = apiKey;
    this.#operation = rerankAt(settings);
    this.#endpoint = endpoint ?? new HttpRerankEndpoint(transport, this.#operation);
    this.#telemetry = telemetry;
    this.#scoreCache = scoreCache;
    this.#isTenant = dependencies.isTenant ?? false;
    this.#onDegraded = dependencies.onDegraded;
  }

  /**
   * Ranks the documents of one request. Any number of documents gives one exact ranking.
   *
   * @throws InvalidRequestError when an argument is wrong, found before sending or by Cohere
   * @throws AuthenticationError when Cohere refuses the key, RateLimitError, QuotaError, UnavailableError,
   *   TimeoutError; with `onFailure: 'original-order'` the response has the documents in their own order, and the
   *   cause as `degraded`, instead
   * @throws the reason of `options.signal` when it aborts
   */
  async rerank<T extends string | object>(
    request: RerankRequest<T>,
    options: RerankCallOptions = {},
  ): Promise<RerankResponse<T>> {
    checkCallOptions(options);
    options.signal?.throwIfAborted();
    const own = copyRequest(request);
    const telemetry = await this.#loadTelemetry();
    const query = toQuery(own, this.#settings.model);
    let blank: readonly RerankResult<T>[] = [];
    const ranking = this.#call(options, async (call) => {
      const { maxDocumentsPerRequest } = this.#settings;
      const pace = new Pace(() => this.#throwIfEnded(call));
      const texts = await documentTexts(own, pace);
      const split = await splitIntoBatches(own.documents, texts, maxDocumentsPerRequest, pace);
      ({ blank } = split);
      if (split.batches.length === 0) {
        return toResponse(own, [], blank, query.model, pace);
      }
      const connection = {
        transport: this.#transport,
        keys: this.#keys,
        endpoint: this.#endpoint,
        operation: this.#operation,
      };
      const run = async () => {
        const job = { batches: split.batches, query, topN: own.topN };
        const cached = this.#cachedJob(own.documents, texts, query, pace);
        if (cached !== undefined) {
          const found = await rankThroughCache(cached, call, connection, job);
          return toResponse(own, found.attempted, blank, query.model, pace, found.cached);
        }
        const rankings = await rankBatches(call, connection, job);
        return toResponse(own, rankings, blank, query.model, pace);
      };
      return telemetry === undefined
        ? run()
        : telemetry.observe({ model: query.model, query: own.query, texts, topN: own.topN }, run);
    });
    const { onFailure = this.#settings.onFailure, signal } = options;
    if (onFailure === 'throw') {
      return ranking;
    }
    try {
      return await ranking;
    } catch (error) {
      if (signal?.aborted === true || !isDegradable(error)) {
        throw error;
      }
      telemetry?.countDegraded(query.model, error.code);
      this.#onDegraded?.(error.diagnosis);
      return inOriginalOrder(own, blank, query.model, error.diagnosis);
    }
  }

  /**
   * Ranks many requests, some at a time, with flat memory. A request that fails does not stop the
   * others: its outcome holds the error. Outcomes are yielded in the order in which they finish; `index` is
   * that of the request.
   *
   * A rate limit pauses the whole run until it lifts, five minutes at a time at most; then the request is sent again.
   *
   * @throws InvalidRequestError at once when an option is wrong; while iterating, the reason of
   *   `options.signal` when it aborts, what reading the input or `onProgress` throws, and, once all outcomes have
   *   been handed out, the first error that every other request would meet: the key is refused
   *   (AuthenticationError), the account has no quota or no billing (QuotaError), the app is closing
   *   (UnavailableError, retryable). No further input is read then
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
    const { concurrency, onProgress, signal, timeoutMs, maxRetries } = options;
    const { calls } = this.#transport;
    return rerankEach(requests, {
      concurrency: concurrency ?? this.#settings.concurrency,
      onProgress,
      rerank: (request, own) =>
        this.rerank(request, { timeoutMs, maxRetries, onFailure: 'throw', signal: own }),
      closing: calls.closing,
      pause: wait,
      endsRun: (error) => calls.isClosed || this.#isAboutTheAccount(error),
      onAbort: (listener) => listenTo(signal, calls.signals, listener),
    });
  }

  /**
   * Returns a service for another key of the same deployment: that of a tenant, or of one request. It shares
   * connections, concurrency and settings, but no state of a key. Cheap to create.
   *
   * @throws AuthenticationError when there is no value, or one that cannot be an API key
   */
  forKey(apiKey: string): RerankService {
    return new RerankService({
      settings: this.#settings,
      transport: this.#transport,
      apiKey: this.#apiKey.forKey(apiKey),
      endpoint: this.#endpoint,
      telemetry: this.#loadTelemetry(),
      scoreCache: this.#scoreCache,
      isTenant: true,
      onDegraded: this.#onDegraded,
    });
  }

  /**
   * Checks the key with Cohere now. Costs nothing, except with mode `rerank`; on other hosts a refusal by a
   * check route is confirmed with one rerank.
   *
   * @throws nothing but the reason of `options.signal`, and InvalidRequestError when an option is wrong
   */
  async checkKey(options: CheckKeyOptions = {}): Promise<KeyStatus> {
    checkKeyOptions(options);
    const { mode = 'key', timeoutMs, maxRetries, signal } = options;
    const settings = this.#settings;
    return this.#apiKey.check({
      mode,
      timeoutMs: timeoutMs ?? settings.timeoutMs,
      maxRetries: maxRetries ?? settings.maxRetries,
      signal,
    });
  }

  /**
   * Reads the source of the key again now, including the `.env` file of a variable, and clears a refusal. With
   * `forKey` there is no source to read.
   *
   * @throws AuthenticationError when no usable key is there; the last good one stays in use
   */
  reloadKey(): Promise<void> {
    return this.#apiKey.reload();
  }

  /** @returns undefined for a call that bypasses the cache: with spans, which are not stored, or very many documents */
  #cachedJob<T extends string | object>(
    documents: readonly T[],
    texts: readonly string[],
    query: Omit<RerankQuery, 'documents' | 'topN'>,
    pace: Pace,
  ): CachedJob<T> | undefined {
    const cache = this.#scoreCache;
    const isSuited = query.relevantSpans === undefined && texts.length <= MAX_CACHED_SCORES;
    if (cache === undefined || !isSuited) {
      return undefined;
    }
    const { current, isAccepted, rejection } = this.#keys;
    return {
      cache,
      key: cache.keyOf(query, this.#isTenant ? current?.fingerprint : undefined),
      mayServe: current === undefined || (isAccepted && rejection === undefined),
      documents,
      texts,
      maxDocumentsPerRequest: this.#settings.maxDocumentsPerRequest,
      pace,
    };
  }

  get #keys(): ApiKeyHolder {
    return this.#apiKey.keys;
  }

  #loadTelemetry(): Promise<RerankTelemetry | undefined> {
    this.#telemetry ??= loadTelemetry(this.#settings);
    return this.#telemetry;
  }

  #call<T>(
    { timeoutMs, maxRetries, signal }: RerankCallOptions,
    run: (call: CohereCall) => Promise<T>,
  ): Promise<T> {
    const settings = this.#settings;
    const options = {
      transport: this.#transport,
      timeoutMs: timeoutMs ?? settings.timeoutMs,
      maxRetries: maxRetries ?? settings.maxRetries,
      signal,
    };
    return callCohere(options, run);
  }

  #throwIfEnded({ scope }: CohereCall): void {
    const { current, name } = this.#keys;
    scope.throwIfEnded(() =>
      diagnoseTimeout(
        requestContext(this.#transport, this.#operation, current, name),
        scope.timeoutMs,
        'documents',
      ),
    );
  }

  /** Returns true for an error that every other request would get. An unconfirmed 401 may be spurious. */
  #isAboutTheAccount({ code }: DiagnosedError): boolean {
    const { aboutAccount, keyRefused } = CATALOGUE[code];
    return aboutAccount && (!keyRefused || this.#keys.rejection !== undefined);
  }
}

/** @returns removes the listener */
function listenTo(
  signal: AbortSignal | undefined,
  signals: CallerSignals,
  listener: (reason: unknown) => void,
): () => void {
  if (signal === undefined) {
    return () => undefined;
  }
  if (signal.aborted) {
    listener(signal.reason);
  }
  return signals.onAbort(signal, () => listener(signal.reason));
}

/**
 * Returns the injection token of an instance: `RerankService` itself, or that of the named one.
 *
 * @publicApi
 */
export function getRerankToken(name?: string): typeof RerankService | string {
  return name === undefined ? RerankService : `COHERE_RERANK_${name}`;
}
