import type { Attempted } from '../transport/call-cohere.js';
import type { Split } from './documents/split-into-batches.js';
import type { Pace } from './pace.js';
import { mergeInOrder } from './ranking-order.js';
import type { Ranking } from './read-ranking.js';
import type {
  RerankRequest,
  RerankResponse,
  RerankResult,
  RerankUsage,
} from './rerank.interface.js';

/**
 * Merges the rankings of all batches into one response.
 *
 * @param cached the results from the score cache, in order; undefined for a call that bypassed it
 */
export async function toResponse<T extends string | object>(
  selection: Pick<RerankRequest<T>, 'topN' | 'minRelevanceScore'>,
  attempted: readonly Attempted<Ranking<T>>[],
  blank: Split<T>['blank'],
  model: string,
  pace: Pace,
  cached?: readonly RerankResult<T>[],
): Promise<RerankResponse<T>> {
  const rankings = attempted.map(({ value }) => value);
  const ranked = await mergeInOrder(
    [...rankings.map(({ results }) => results), cached ?? []],
    pace,
  );
  return {
    results: select(ranked, blank, selection),
    model,
    ids: rankings.flatMap(({ id }) => id ?? []),
    usage: sumUsage(rankings, attempted, cached?.length),
    warnings: [...new Set(rankings.flatMap(({ warnings }) => warnings))],
  };
}

/** Sums the billed units; a figure is absent only if no response had it. */
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

/** Appends the documents without text, and applies `topN`. */
function select<T extends string | object>(
  ranked: readonly RerankResult<T>[],
  blank: readonly RerankResult<T>[],
  { topN, minRelevanceScore }: Pick<RerankRequest<T>, 'topN' | 'minRelevanceScore'>,
): readonly RerankResult<T>[] {
  const all = blank.length === 0 ? ranked : ranked.concat(blank);
  const relevant =
    minRelevanceScore === undefined
      ? all
      : all.filter(({ relevanceScore }) => relevanceScore >= minRelevanceScore);
  return topN === undefined || topN >= relevant.length ? relevant : relevant.slice(0, topN);
}
