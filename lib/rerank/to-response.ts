import type { Attempted } from '../transport/attempts.js';
import { mergeRankings } from './ranking/merge-rankings.js';
import type { RankedDocument, Ranking } from './ranking/ranked-document.interface.js';
import type { RerankRequest } from './rerank-request.interface.js';
import type { RerankResponse, RerankResult, RerankUsage } from './rerank-response.interface.js';

/** One response out of the answers to all batches, with the caller's own documents in it. */
export function toResponse<T extends string | object>(
  { documents, topN, minRelevanceScore }: RerankRequest<T>,
  attempted: readonly Attempted<Ranking>[],
  blankIndices: readonly number[],
  model: string,
): RerankResponse<T> {
  const rankings = attempted.map(({ value }) => value);
  const merged = mergeRankings(rankings, blankIndices, { topN, minRelevanceScore });
  return {
    results: merged.flatMap((ranked) => toResult(ranked, documents[ranked.index])),
    model,
    ids: rankings.flatMap(({ id }) => id ?? []),
    usage: sumUsage(attempted),
    warnings: [...new Set(rankings.flatMap(({ warnings }) => warnings))],
  };
}

function toResult<T extends string | object>(
  { index, relevanceScore, relevantSpans }: RankedDocument,
  document: T | undefined,
): RerankResult<T>[] {
  if (document === undefined) {
    return [];
  }
  return [
    relevantSpans === undefined
      ? { document, index, relevanceScore }
      : { document, index, relevanceScore, relevantSpans },
  ];
}

/** A figure is absent only where no answer had it. */
function sumUsage(attempted: readonly Attempted<Ranking>[]): RerankUsage {
  const searchUnits = sum(attempted.map(({ value }) => value.searchUnits));
  const inputTokens = sum(attempted.map(({ value }) => value.inputTokens));
  return {
    ...(searchUnits === undefined ? {} : { searchUnits }),
    ...(inputTokens === undefined ? {} : { inputTokens }),
    requests: attempted.length,
    retries: attempted.reduce((total, { retries }) => total + retries, 0),
  };
}

function sum(figures: readonly (number | undefined)[]): number | undefined {
  const known = figures.filter((figure) => figure !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, figure) => total + figure, 0);
}
