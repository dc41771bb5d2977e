import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';

/**
 * One rerank call. Names are those of the `cohere-ai` SDK, so Cohere's documentation applies
 * (https://docs.cohere.com/reference/rerank).
 *
 * @publicApi
 */
export interface RerankRequest<T extends string | object> {
  /** The text to search for; not blank. */
  readonly query: string;
  /** Texts, or objects. Objects are sent as YAML with their key order kept, unless `toText` is given. Never changed. */
  readonly documents: readonly T[];
  /** The number of results, a whole number from 1; more than there are documents means all. Default all. */
  readonly topN?: number | undefined;
  /** Default: the module's model. */
  readonly model?: string | undefined;
  /** The length at which Cohere cuts a document off, in tokens, from 1. Cohere's default is 4,096. */
  readonly maxTokensPerDoc?: number | undefined;
  /** 0 to 999; lower is served sooner under load. Cohere's default is 0. */
  readonly priority?: number | undefined;
  /** The text to rank a document by. */
  readonly toText?: ((document: T, index: number) => string) | undefined;
  /** Results below this score are left out, 0 to 1; applied before `topN`. */
  readonly minRelevanceScore?: number | undefined;
  /** Requests the passages that made a document relevant (Rerank 5). `maxSpans` from 1, `threshold` 0 to 1. */
  readonly relevantSpans?:
    | boolean
    | { readonly maxSpans?: number | undefined; readonly threshold?: number | undefined }
    | undefined;
}

/**
 * Options of one call.
 *
 * @publicApi
 */
export interface RerankCallOptions {
  /** Ends the call at once; the signal's own reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Deadline of the whole call in milliseconds, 1 to 600,000. Default: the module's. */
  readonly timeoutMs?: number | undefined;
  /** Retries after the first attempt, 0 to 10. Default: the module's. */
  readonly maxRetries?: number | undefined;
  /**
   * The response to a call that Cohere cannot rank: an error, or the documents in their own order with
   * `degraded` set. Default: the module's, `'throw'`. `rerankEach` ignores it.
   */
  readonly onFailure?: 'throw' | 'original-order' | undefined;
}

/**
 * A passage of a document, in UTF-16 offsets of the text that was sent: `text` is
 * `sent.slice(start, end)`.
 *
 * @publicApi
 */
export interface RelevantSpan {
  readonly start: number;
  readonly end: number;
  readonly score?: number;
  readonly text: string;
}

/** @publicApi */
export interface RerankResult<T extends string | object> {
  /** The caller's own object or string. */
  readonly document: T;
  /** Its index in `documents` of the request. */
  readonly index: number;
  /** 0 to 1, higher is more relevant. */
  readonly relevanceScore: number;
  readonly relevantSpans?: readonly RelevantSpan[];
}

/** @publicApi */
export interface RerankUsage {
  /** Billed search units, summed over all requests; absent if Cohere sent none. */
  readonly searchUnits?: number;
  /** Billed input tokens, summed over all requests; absent if Cohere sent none. */
  readonly inputTokens?: number;
  /**
   * Documents that were not sent, because their score was in `scoreCache`. Absent without that option, and for calls
   * that bypass it.
   */
  readonly cachedDocuments?: number;
  /** HTTP requests with a ranking as their response. */
  readonly requests: number;
  /** Attempts beyond the first of each request. */
  readonly retries: number;
}

/** @publicApi */
export interface RerankResponse<T extends string | object> {
  /** The results in descending score, ties by index. */
  readonly results: readonly RerankResult<T>[];
  readonly model: string;
  /** Cohere's ids of the responses, one per request that had one. */
  readonly ids: readonly string[];
  readonly usage: RerankUsage;
  /** Warnings of Cohere, each once. */
  readonly warnings: readonly string[];
  /** The reason why the results are in the order of the request, with scores of 0. Only with `onFailure: 'original-order'`. */
  readonly degraded?: Diagnosis;
}
