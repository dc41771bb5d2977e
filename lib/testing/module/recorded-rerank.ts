import type { RerankAttempt, RerankQuery } from '../../transport/rerank-endpoint.js';

/**
 * One request that would have gone to `/v2/rerank`. A call with more documents than
 * `maxDocumentsPerRequest` makes several; one without documents that hold text makes none.
 *
 * @publicApi
 */
export interface RecordedRerank {
  readonly model: string;
  readonly query: string;
  /** The texts as they would have been sent; blank documents are not among them. */
  readonly documents: readonly string[];
  /** Only where it cuts something off. */
  readonly topN?: number | undefined;
  readonly maxTokensPerDoc?: number | undefined;
  readonly priority?: number | undefined;
  readonly relevantSpans?:
    { readonly maxSpans?: number | undefined; readonly threshold?: number | undefined } | undefined;
  /** `sha256:1f3a9c02`; tells the keys given to `forKey()` apart. */
  readonly fingerprint: string | undefined;
}

export function recordRerank(
  { documents, ...query }: RerankQuery,
  { key }: Pick<RerankAttempt, 'key'>,
): RecordedRerank {
  return { ...query, documents: [...documents], fingerprint: key?.fingerprint };
}
