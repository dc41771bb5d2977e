import type { RerankResult } from '../rerank-response.interface.js';

export interface Selection {
  readonly topN: number | undefined;
  readonly minRelevanceScore: number | undefined;
}

/**
 * One exact ranking out of several: by descending score, ties by index. Cohere scores each document by
 * itself, so scores of one query compare across requests. Documents without text come last.
 */
export function mergeRankings<T extends string | object>(
  rankings: readonly (readonly RerankResult<T>[])[],
  blank: readonly RerankResult<T>[],
  { topN, minRelevanceScore }: Selection,
): readonly RerankResult<T>[] {
  const merged = rankings.flat();
  merged.sort((a, b) => b.relevanceScore - a.relevanceScore || a.index - b.index);
  merged.push(...blank);
  const relevant =
    minRelevanceScore === undefined
      ? merged
      : merged.filter(({ relevanceScore }) => relevanceScore >= minRelevanceScore);
  return topN === undefined || topN >= relevant.length ? relevant : relevant.slice(0, topN);
}
