import type { Pace } from './pace.js';
import type { RerankResult } from './rerank.interface.js';

type Results<T extends string | object> = readonly RerankResult<T>[];

/** Sorts by descending score, ties by index. Cohere's response usually is in order; a check is cheaper than sorting. */
export function inOrder<T extends string | object>(results: Results<T>): Results<T> {
  return isInOrder(results) ? results : results.toSorted(byRank);
}

/**
 * Merges rankings that are in order, two at a time, so that the event loop turns between them. Cohere scores each
 * document by itself, so scores of one query compare across requests.
 */
export async function mergeInOrder<T extends string | object>(
  rankings: readonly Results<T>[],
  pace: Pace,
): Promise<Results<T>> {
  let left = rankings;
  while (left.length > 1) {
    const merged: Results<T>[] = [];
    for (let index = 0; index < left.length; index += 2) {
      merged.push(mergeTwo(left[index] ?? [], left[index + 1] ?? []));
      if (pace.isDue) {
        // oxlint-disable-next-line no-await-in-loop
        await pace.turn();
      }
    }
    left = merged;
  }
  return left[0] ?? [];
}

function mergeTwo<T extends string | object>(one: Results<T>, other: Results<T>): Results<T> {
  if (one.length === 0 || other.length === 0) {
    return one.length === 0 ? other : one;
  }
  const merged: RerankResult<T>[] = [];
  let next = 0;
  for (const result of one) {
    for (
      let rival = other[next];
      rival !== undefined && byRank(rival, result) < 0;
      rival = other[next]
    ) {
      merged.push(rival);
      next += 1;
    }
    merged.push(result);
  }
  return merged.concat(other.slice(next));
}

function isInOrder(results: Results<string | object>): boolean {
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
