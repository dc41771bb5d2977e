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
  /** Its place in `documents` of the request. */
  readonly index: number;
  /** 0 to 1, higher is more relevant. */
  readonly relevanceScore: number;
  readonly relevantSpans?: readonly RelevantSpan[];
}

/** @publicApi */
export interface RerankUsage {
  /** Billed search units, summed over all requests; absent where Cohere did not say. */
  readonly searchUnits?: number;
  /** Billed input tokens, summed over all requests; absent where Cohere did not say. */
  readonly inputTokens?: number;
  /** HTTP requests that were answered with a ranking. */
  readonly requests: number;
  /** Attempts beyond the first of each request. */
  readonly retries: number;
}

/** @publicApi */
export interface RerankResponse<T extends string | object> {
  /** In descending score, ties by index. */
  readonly results: readonly RerankResult<T>[];
  readonly model: string;
  /** Cohere's ids of the responses, one per request that had one. */
  readonly ids: readonly string[];
  readonly usage: RerankUsage;
  /** What Cohere warned of. */
  readonly warnings: readonly string[];
}
