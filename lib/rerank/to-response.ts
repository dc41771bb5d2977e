import type { Attempted } from '../transport/call-cohere.js';
import type { Split } from './documents/split-into-batches.js';
import type { Ranking } from './read-ranking.js';
import type {
  RerankRequest,
  RerankResponse,
  RerankResult,
  RerankUsage,
} from './rerank.interface.js';

/** What a call with a score cache knows. */
export interface CachedRanking<T extends string | object> {
  /** Of all documents with a text; those of the answers are among them. */
  readonly results: readonly RerankResult<T>[];
  /** Documents that were not sent. */
  readonly cachedDocuments: number;
}

/** One response out of the answers to all batches. */
export function toResponse<T extends string | object>(
  { topN, minRelevanceScore }: Pick<RerankRequest<T>, 'topN' | 'minRelevanceScore'>,
  attempted: readonly Attempted<Ranking<T>>[],
  blank: Split<T>['blank'],
  model: string,
  cached?: CachedRanking<T>,
): RerankResponse<T> {
  const rankings = attempted.map(({ value }) => value);
  return {
    results: mergeRankings(
      [...rankings.map(({ results }) => results), cached?.results ?? []],
      blank.map((place) => ({ ...place, relevanceScore: 0 })),
      { topN, minRelevanceScore },
    ),
    model,
    ids: rankings.flatMap(({ id }) => id ?? []),
    usage: sumUsage(rankings, attempted, cached?.cachedDocuments),
    warnings: [...new Set(rankings.flatMap(({ warnings }) => warnings))],
  };
}

/** A figure is absent only where no answer had it. */
function sumUsage(
  rankings: readonly Pick<Ranking<string>, 'searchUnits' | 'inputTokens'>[],
  attempted: readonly { readonly retries: number }[],
  cachedDocuments: number | undefined,
): RerankUsage {
  const usage: Writable<RerankUsage> = { requests: attempted.length, retries: 0 };
  for (const { searchUnits, inputTokens } of rankings) {
    if (searchUnits !== undefined) {
      usage.searchUnits = (usage.searchUnits ?? 0) + searchUnits;
    }
    if (inputTokens !== undefined) {
      usage.inputTokens = (usage.inputTokens ?? 0) + inputTokens;
    }
  }
  if (cachedDocuments !== undefined) {
    usage.cachedDocuments = cachedDocuments;
  }
  for (const { retries } of attempted) {
    usage.retries += retries;
  }
  return usage;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

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
  if (!isRanked(merged)) {
    merged.sort(byRank);
  }
  merged.push(...blank);
  const relevant =
    minRelevanceScore === undefined
      ? merged
      : merged.filter(({ relevanceScore }) => relevanceScore >= minRelevanceScore);
  return topN === undefined || topN >= relevant.length ? relevant : relevant.slice(0, topN);
}

/** One answer of Cohere usually is; looking is cheaper than sorting. */
function isRanked(results: readonly RerankResult<string | object>[]): boolean {
  let before: RerankResult<string | object> | undefined;
  for (const result of results) {
    if (before !== undefined && byRank(before, result) > 0) {
      return false;
    }
    before = result;
  }
  return true;
}

function byRank(
  a: Pick<RerankResult<string>, 'relevanceScore' | 'index'>,
  b: Pick<RerankResult<string>, 'relevanceScore' | 'index'>,
): number {
  return b.relevanceScore - a.relevanceScore || a.index - b.index;
}
