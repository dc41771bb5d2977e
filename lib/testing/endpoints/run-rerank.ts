import { randomUUID } from 'node:crypto';
import { searchUnits } from '../billing/search-units.js';
import { countTokens } from '../billing/tokens.js';
import { rankDocuments, scorerFor, type ScoreFunction } from '../ranking/rank-documents.js';
import { relevantSpans, type WireSpan } from '../ranking/relevant-spans.js';
import type { RerankCall } from './rerank-call.js';

export interface EmulatedResult {
  readonly index: number;
  readonly score: number;
  /** Only where they were asked for. */
  readonly spans: readonly WireSpan[] | undefined;
}

export interface EmulatedRanking {
  readonly id: string;
  /** In descending score, ties by index. */
  readonly results: readonly EmulatedResult[];
  readonly searchUnits: number;
  /** Only where the model bills them. */
  readonly inputTokens: number | undefined;
}

/** Ranks and bills, whichever version of the API, or no HTTP at all, asked for it. */
export function runRerank(call: RerankCall, score: ScoreFunction | undefined): EmulatedRanking {
  const { query, documents, topN, spans, billsTokens } = call;
  const scorer = scorerFor(query, score);
  return {
    id: randomUUID(),
    results: rankDocuments(documents, scorer, topN).map((ranked) => ({
      ...ranked,
      spans:
        spans === undefined
          ? undefined
          : relevantSpans(documents[ranked.index] ?? '', scorer, spans),
    })),
    searchUnits: searchUnits(query, documents),
    inputTokens: billsTokens ? inputTokens(query, documents) : undefined,
  };
}

function inputTokens(query: string, documents: readonly string[]): number {
  return documents.reduce((sum, document) => sum + countTokens(document), countTokens(query));
}
