import type { RerankQuery } from '../transport/rerank-endpoint.interface.js';
import type { RerankRequest } from './rerank.interface.js';

type QueryParts = Pick<
  RerankRequest<string>,
  'query' | 'model' | 'maxTokensPerDoc' | 'priority' | 'relevantSpans'
>;

/** The parts of a request that are the same for all its batches. */
export function toQuery(
  request: QueryParts,
  defaultModel: string,
): Omit<RerankQuery, 'documents' | 'topN'> {
  const { query, model, maxTokensPerDoc, priority, relevantSpans } = request;
  return {
    model: model ?? defaultModel,
    query,
    ...(maxTokensPerDoc === undefined ? {} : { maxTokensPerDoc }),
    ...(priority === undefined ? {} : { priority }),
    ...(relevantSpans === undefined || relevantSpans === false
      ? {}
      : { relevant_spans: spansOption(relevantSpans) }),
  };
}

function spansOption(option: Exclude<QueryParts['relevantSpans'], false | undefined>) {
  const { maxSpans, threshold } = option === true ? {} : option;
  return {
    ...(maxSpans === undefined ? {} : { max_spans: maxSpans }),
    ...(threshold === undefined ? {} : { threshold }),
  };
}
