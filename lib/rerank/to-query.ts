import type { RerankQuery } from '../transport/rerank-endpoint.js';
import type { RerankRequest } from './rerank.interface.js';

type QueryParts = Pick<
  RerankRequest<string>,
  'query' | 'model' | 'maxTokensPerDoc' | 'priority' | 'relevantSpans'
>;

/** The parts of a request that are the same for all its batches. */
export function toQuery(
  { query, model, maxTokensPerDoc, priority, relevantSpans }: QueryParts,
  defaultModel: string,
): Omit<RerankQuery, 'documents' | 'topN'> {
  return {
    model: model ?? defaultModel,
    query,
    maxTokensPerDoc,
    priority,
    relevantSpans: spansOption(relevantSpans),
  };
}

function spansOption(option: QueryParts['relevantSpans']): RerankQuery['relevantSpans'] {
  if (option === undefined || option === false) {
    return undefined;
  }
  return option === true ? {} : { maxSpans: option.maxSpans, threshold: option.threshold };
}
