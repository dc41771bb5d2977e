import type { RerankAttempt, RerankQuery } from '../../rerank/rerank-endpoint.js';

/**
 * One request that would have gone to `/v2/rerank`. A call with more documents than
 * `maxDocumentsPerRequest` makes several; a call without any text makes none.
 *
 * @publicApi
 */
export interface RecordedRerank {
  /** The model id. */
  readonly model: string;
  /** The query. */
  readonly query: string;
  /** The texts that would have been sent, without the blank ones. */
  readonly documents: readonly string[];
  /** Only when it is less than the number of documents. */
  readonly topN?: number | undefined;
  /** As in the call. */
  readonly maxTokensPerDoc?: number | undefined;
  /** As in the call. */
  readonly priority?: number | undefined;
  /** As in the call; `{}` for `true`. */
  readonly relevantSpans?:
    { readonly maxSpans?: number | undefined; readonly threshold?: number | undefined } | undefined;
  /** The fingerprint of the key, `sha256:1f3a9c02`; tells the keys of `forKey()` apart. */
  readonly fingerprint: string | undefined;
}

export function recordRerank(
  { documents, ...query }: RerankQuery,
  { key }: Pick<RerankAttempt, 'key'>,
): RecordedRerank {
  return { ...query, documents: [...documents], fingerprint: key?.fingerprint };
}
