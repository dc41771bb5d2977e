import type { RankedDocument, Ranking } from './ranked-document.interface.js';

export interface Selection {
  readonly topN: number | undefined;
  readonly minRelevanceScore: number | undefined;
}

/**
 * One exact ranking out of several: by descending score, ties by index. Cohere scores each document by
 * itself, so scores of one query compare across requests. Documents without text come last with score 0.
 */
export function mergeRankings(
  rankings: readonly Ranking[],
  blankIndices: readonly number[],
  { topN, minRelevanceScore = -Infinity }: Selection,
): readonly RankedDocument[] {
  const ranked = rankings
    .flatMap((ranking) => ranking.ranked)
    .toSorted((a, b) => b.relevanceScore - a.relevanceScore || a.index - b.index);
  const blank = blankIndices.map((index) => ({ index, relevanceScore: 0 }));
  return [...ranked, ...blank]
    .filter(({ relevanceScore }) => relevanceScore >= minRelevanceScore)
    .slice(0, topN);
}
