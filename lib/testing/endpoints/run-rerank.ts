import { randomUUID } from 'node:crypto';
import { searchUnits } from '../billing/search-units.js';
import { countTokens } from '../billing/tokens.js';
import { rankDocuments, scorerFor, type RankedDocument } from '../ranking/rank-documents.js';
import { relevantSpans } from '../ranking/relevant-spans.js';
import type { EmulatedAccount } from './endpoint.interface.js';
import type { RerankCall } from './rerank-call.js';

/** The body of a rerank response, as far as both versions of the API agree. */
export interface RerankAnswer {
  readonly id: string;
  readonly results: readonly Readonly<Record<string, unknown>>[];
  readonly billedUnits: Readonly<Record<string, number>>;
}

export function runRerank(call: RerankCall, account: EmulatedAccount): RerankAnswer {
  const score = scorerFor(call.query, account.score);
  const ranked = rankDocuments(call.documents, score, call.topN);
  const spans = (index: number) =>
    call.spans === undefined
      ? {}
      : { relevant_spans: relevantSpans(call.documents[index] ?? '', score, call.spans) };
  return {
    id: randomUUID(),
    results: ranked.map((result: RankedDocument) => ({
      index: result.index,
      relevance_score: result.score,
      ...spans(result.index),
    })),
    billedUnits: billedUnits(call),
  };
}

function billedUnits(call: RerankCall): Readonly<Record<string, number>> {
  const units = { search_units: searchUnits(call.query, call.documents) };
  return call.model.relevantSpans === true ? { ...units, input_tokens: inputTokens(call) } : units;
}

function inputTokens({ query, documents }: RerankCall): number {
  return documents.reduce((sum, document) => sum + countTokens(document), countTokens(query));
}
