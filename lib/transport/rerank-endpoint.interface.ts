import type { Secret } from '../config/api-key/secret.js';

/** What one request to `/v2/rerank` asks, in the names of the `cohere-ai` SDK. */
export interface RerankQuery {
  readonly model: string;
  readonly query: string;
  readonly documents: string[];
  readonly topN?: number;
  readonly maxTokensPerDoc?: number;
  readonly priority?: number;
  /** Rerank 5. The SDK has no name for it yet and hands it on as it is. */
  readonly relevant_spans?: { readonly max_spans?: number; readonly threshold?: number };
}

/**
 * One attempt to rank some documents. The real one goes through the SDK; the testing module has one that
 * needs no HTTP.
 */
export interface RerankEndpoint {
  /**
   * @returns the answer as it is on the wire, unchecked: `{ id?, results: [{ index, relevance_score,
   *   relevant_spans? }], meta? }` (https://docs.cohere.com/reference/rerank)
   * @throws DiagnosedError, or what an attempt over the transport fails with; the signal's reason when it
   *   aborts
   */
  rerank(query: RerankQuery, call: RerankCall): Promise<unknown>;
  /** Loads what the first call needs. */
  load?(): Promise<unknown>;
}

export interface RerankCall {
  readonly key: Secret | undefined;
  readonly signal: AbortSignal;
}
