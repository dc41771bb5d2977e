import type { RerankQuery } from '../../transport/rerank-endpoint.interface.js';
import { truncateToTokens } from '../billing/tokens.js';
import {
  DEFAULT_SPANS,
  DEFAULT_TOKENS_PER_DOC,
  type RerankCall,
} from '../endpoints/rerank-call.js';

/** The query of the service in the terms of the emulator. Any model is taken for one of Rerank 5. */
export function toEmulatedCall({
  query,
  documents,
  topN,
  maxTokensPerDoc,
  relevant_spans: spans,
}: RerankQuery): RerankCall {
  return {
    query,
    documents: documents.map((text) =>
      truncateToTokens(text, maxTokensPerDoc ?? DEFAULT_TOKENS_PER_DOC),
    ),
    topN: topN ?? documents.length,
    spans:
      spans === undefined
        ? undefined
        : {
            maxSpans: spans.max_spans ?? DEFAULT_SPANS.maxSpans,
            threshold: spans.threshold ?? DEFAULT_SPANS.threshold,
          },
    billsTokens: true,
  };
}
