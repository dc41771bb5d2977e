import type { Attempted } from '../transport/attempts.js';
import type { Split } from './documents/split-into-batches.js';
import { mergeRankings } from './ranking/merge-rankings.js';
import type { Ranking } from './ranking/ranking.interface.js';
import type { RerankRequest } from './rerank-request.interface.js';
import type { RerankResponse, RerankUsage } from './rerank-response.interface.js';

/** One response out of the answers to all batches. */
export function toResponse<T extends string | object>(
  { topN, minRelevanceScore }: Pick<RerankRequest<T>, 'topN' | 'minRelevanceScore'>,
  attempted: readonly Attempted<Ranking<T>>[],
  blank: Split<T>['blank'],
  model: string,
): RerankResponse<T> {
  const rankings = attempted.map(({ value }) => value);
  return {
    results: mergeRankings(
      rankings.map(({ results }) => results),
      blank.map((place) => ({ ...place, relevanceScore: 0 })),
      { topN, minRelevanceScore },
    ),
    model,
    ids: rankings.flatMap(({ id }) => id ?? []),
    usage: sumUsage(rankings, attempted),
    warnings: [...new Set(rankings.flatMap(({ warnings }) => warnings))],
  };
}

/** A figure is absent only where no answer had it. */
function sumUsage(
  rankings: readonly Pick<Ranking<string>, 'searchUnits' | 'inputTokens'>[],
  attempted: readonly { readonly retries: number }[],
): RerankUsage {
  const searchUnits = sum(rankings.map((ranking) => ranking.searchUnits));
  const inputTokens = sum(rankings.map((ranking) => ranking.inputTokens));
  return {
    ...(searchUnits === undefined ? {} : { searchUnits }),
    ...(inputTokens === undefined ? {} : { inputTokens }),
    requests: attempted.length,
    retries: attempted.reduce((total, { retries }) => total + retries, 0),
  };
}

function sum(figures: readonly (number | undefined)[]): number | undefined {
  return figures.reduce(
    (total, figure) => (figure === undefined ? total : (total ?? 0) + figure),
    undefined,
  );
}
