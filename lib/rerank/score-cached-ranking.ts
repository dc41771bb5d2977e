import { diagnoseTimeout } from '../diagnosis/diagnose-timeout.js';
import { type Attempted, type CohereCall, requestContext } from '../transport/call-cohere.js';
import { RERANK_PATH } from '../transport/rerank-endpoint.js';
import { splitIntoBatches, type Batch } from './documents/split-into-batches.js';
import type { Ranking } from './read-ranking.js';
import type { RerankResult } from './rerank.interface.js';
import type { ScoreCache } from './score-cache.js';
import type { CachedRanking } from './to-response.js';
import { rankBatches, type RankingOrder, type RerankConnection } from './rank-batches.js';

export interface CachedAnswers<T extends string | object> {
  /** Without their results. */
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
  const ask = async (texts: readonly string[]) => {
    const split = splitIntoBatches(texts, texts, maxDocumentsPerRequest);
    const own = { batches: split.batches, query, topN: undefined };
    const answers = await rankBatches(call, connection, own);
    for (const { value, retries } of answers) {
      attempted.push({ value: { ...value, results: [] }, retries });
    }
    return scoresInOrder(answers);
  };
  const { scope } = call;
  try {
    scope.signal.throwIfAborted();
    const { scores, cached } = await cache.lookUp({
      query,
      texts: batches.flatMap(({ texts }) => texts),
      signal: scope.signal,
      ask,
    });
    return { attempted, cached: { results: toResults(batches, scores), cachedDocuments: cached } };
  } catch (reason) {
    const { transport, keys } = connection;
    const context = requestContext(transport, RERANK_PATH, keys.current, keys.sourceName);
    scope.throwIfEnded(() => diagnoseTimeout(context, scope.timeoutMs, 'queue'));
    throw reason;
  }
}

function scoresInOrder(answers: readonly Attempted<Ranking<string>>[]): readonly number[] {
  const scores: number[] = [];
  for (const { index, relevanceScore } of answers.flatMap(({ value }) => value.results)) {
    scores[index] = relevanceScore;
  }
  return scores;
}

function toResults<T extends string | object>(
  batches: readonly Batch<T>[],
  scores: readonly number[],
): readonly RerankResult<T>[] {
  const results: RerankResult<T>[] = [];
  for (const { documents, indices } of batches) {
    documents.forEach((document, place) => {
      const relevanceScore = scores[results.length] ?? 0;
      results.push({ document, index: indices?.[place] ?? place, relevanceScore });
    });
  }
  return results;
}
