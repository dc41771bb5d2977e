import type { RerankCall, RerankQuery } from '../../transport/rerank-endpoint.interface.js';

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
  readonly topN?: number;
  readonly maxTokensPerDoc?: number;
  readonly priority?: number;
  readonly relevantSpans?: { readonly maxSpans?: number; readonly threshold?: number };
  /** `sha256:1f3a9c02`; tells the keys given to `forKey()` apart. */
  readonly fingerprint: string | undefined;
}

export function recordRerank(
  { relevant_spans: spans, documents, ...query }: RerankQuery,
  { key }: Pick<RerankCall, 'key'>,
): RecordedRerank {
  return {
    ...query,
    documents: [...documents],
    ...(spans === undefined ? {} : { relevantSpans: recordSpans(spans) }),
    fingerprint: key?.fingerprint,
  };
}

function recordSpans({
  max_spans: maxSpans,
  threshold,
}: NonNullable<RerankQuery['relevant_spans']>): NonNullable<RecordedRerank['relevantSpans']> {
  return {
    ...(maxSpans === undefined ? {} : { maxSpans }),
    ...(threshold === undefined ? {} : { threshold }),
  };
}
