import { diagnoseTimeout } from '../diagnosis/diagnose-timeout.js';
import { type Attempted, type CohereCall, requestContext } from '../transport/call-cohere.js';
import { splitIntoBatches, type Batch } from './documents/split-into-batches.js';
import { inOrder } from './ranking-order.js';
import type { Ranking } from './read-ranking.js';
import type { RerankResult } from './rerank.interface.js';
import type { ScoreCache } from './score-cache.js';
import type { CachedRanking } from './to-response.js';
import { rankBatches, type RankingOrder, type RerankConnection } from './rank-batches.js';

export interface CachedAnswers<T extends string | object> {
  /** Their results are among those of `cached`, or are all there is. */
  readonly attempted: readonly Attempted<Ranking<T>>[];
  readonly cached: CachedRanking<T>;
}

/**
 * As `rankBatches`, but only documents without a known score are sent. Their scores are asked for without
 * `top_n`: the rest of a ranking that Cohere cut off would be missing from the cache, and from the merge.
 */
export async function rankThroughCache<T extends string | object>(
  cache: ScoreCache,
  maxDocumentsPerRequest: number,
  call: CohereCall,
  connection: RerankConnection,
  { batches, query }: Omit<RankingOrder<T>, 'topN'>,
): Promise<CachedAnswers<T>> {
  const attempted: Attempted<Ranking<T>>[] = [];
  const all = textsOf(batches);
  let isWhole = false;
  const ask = async (texts: readonly string[]) => {
    if (texts === all && isOneWhole(batches)) {
      const answers = await rankBatches(call, connection, { batches, query, topN: undefined });
      attempted.push(...answers);
      isWhole = true;
      return scoresInOrder(answers, texts.length);
    }
    const split = await splitIntoBatches(texts, texts, maxDocumentsPerRequest);
    const own = { batches: split.batches, query, topN: undefined };
    const answers = await rankBatches(call, connection, own);
    for (const { value, retries } of answers) {
      attempted.push({ value: { ...value, results: [] }, retries });
    }
    return scoresInOrder(answers, texts.length);
  };
  const { scope } = call;
  try {
    if (scope.aborted) {
      throw scope.reason;
    }
    const { scores, cached } = await cache.lookUp({ query, texts: all, signal: scope, ask });
    // Where Cohere has just ranked all documents, its answer is the ranking.
    const results = isWhole ? [] : inOrder(toResults(batches, scores));
    return { attempted, cached: { results, cachedDocuments: cached } };
  } catch (reason) {
    const { transport, keys, operation } = connection;
    const context = requestContext(transport, operation, undefined, keys.name);
    scope.throwIfEnded(() => diagnoseTimeout(context, scope.timeoutMs, 'queue'));
    throw reason;
  }
}

function textsOf(batches: readonly Batch<string | object>[]): readonly string[] {
  const [first, second] = batches;
  return first !== undefined && second === undefined
    ? first.texts
    : batches.flatMap(({ texts }) => texts);
}

/** Whether the places in the only batch are those in the caller's list. */
function isOneWhole(batches: readonly Batch<string | object>[]): boolean {
  return batches.length === 1 && batches[0]?.indices === undefined;
}

/** Of answers whose indices are places in the list of texts. */
function scoresInOrder(
  answers: readonly Attempted<Ranking<string | object>>[],
  count: number,
): readonly number[] {
  // Filled first: an array that grows at its places in the order of the ranking is a slow one.
  const scores = Array.from({ length: count }, () => Number.NaN);
  for (const { value } of answers) {
    for (const { index, relevanceScore } of value.results) {
      scores[index] = relevanceScore;
    }
  }
  return scores;
}

function toResults<T extends string | object>(
  batches: readonly Batch<T>[],
  scores: readonly number[],
): RerankResult<T>[] {
  const results: RerankResult<T>[] = [];
  for (const { documents, indices } of batches) {
    documents.forEach((document, place) => {
      const relevanceScore = scores[results.length] ?? 0;
      results.push({ document, index: indices?.[place] ?? place, relevanceScore });
    });
  }
  return results;
}
