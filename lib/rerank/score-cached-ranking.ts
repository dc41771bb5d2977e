import type { Attempted, CohereCall } from '../transport/call-cohere.js';
import { type Batch, shareOut } from './documents/split-into-batches.js';
import type { Pace } from './pace.js';
import { rankBatches, type RankingJob, type RerankConnection } from './rank-batches.js';
import { inOrder } from './ranking-order.js';
import type { Ranking } from './read-ranking.js';
import type { RerankResult } from './rerank.interface.js';
import { digestOf, isScore, type ScoreCache, type Scores } from './score-cache.js';

export interface CachedRanking<T extends string | object> {
  /** The documents that were sent. */
  readonly attempted: readonly Attempted<Ranking<T>>[];
  /** The documents from the cache, in order. */
  readonly cached: readonly RerankResult<T>[];
}

/** One call with a score cache. */
export interface CachedJob<T extends string | object> {
  readonly cache: ScoreCache;
  /** The entry of the query. */
  readonly key: string;
  /** False for a key that Cohere has not accepted, which gets no cached score. */
  readonly mayServe: boolean;
  /** All documents of the call, and their texts; the batches say which of them have one. */
  readonly documents: readonly T[];
  readonly texts: readonly string[];
  readonly maxDocumentsPerRequest: number;
  readonly pace: Pace;
}

/**
 * Ranks like `rankBatches`, but sends only documents without a known score. Omits `top_n`: scores beyond it would be
 * missing from the cache and from the merge.
 *
 * @throws DiagnosedError; the reason of the caller's signal
 */
export async function rankThroughCache<T extends string | object>(
  job: CachedJob<T>,
  call: CohereCall,
  connection: RerankConnection,
  { batches, query }: Omit<RankingJob<T>, 'topN'>,
): Promise<CachedRanking<T>> {
  const { cache, key, documents, texts, pace } = job;
  const entry = await cache.read(key, call.scope).catch((reason: unknown) => {
    pace.throwIfEnded();
    throw reason;
  });
  const known = job.mayServe && entry !== undefined ? entry.scores : {};
  const digests = new Map<number, string>();
  const cached: RerankResult<T>[] = [];
  const unknown: number[] = [];
  for (const index of indicesOf(batches)) {
    const digest = digestOf(texts[index] ?? '');
    const relevanceScore = Object.hasOwn(known, digest) ? known[digest] : undefined;
    const document = documents[index];
    if (document === undefined || relevanceScore === undefined) {
      unknown.push(index);
    } else {
      cached.push({ document, index, relevanceScore });
    }
    digests.set(index, digest);
    if (pace.isDue) {
      // oxlint-disable-next-line no-await-in-loop
      await pace.turn();
    }
  }
  const left =
    cached.length === 0
      ? batches
      : await shareOut({ documents, texts, indices: unknown }, job.maxDocumentsPerRequest, pace);
  const attempted =
    left.length === 0
      ? []
      : await rankBatches(call, connection, { batches: left, query, topN: undefined });
  if (entry !== undefined) {
    cache.add(key, entry, scoresByDigest(attempted, digests));
  }
  return { attempted, cached: inOrder(cached) };
}

function* indicesOf(batches: readonly Batch<string | object>[]): Iterable<number> {
  for (const { texts, indices } of batches) {
    // Only a batch of all documents has no indices.
    yield* indices ?? texts.keys();
  }
}

function scoresByDigest(
  attempted: readonly Attempted<Ranking<string | object>>[],
  digests: ReadonlyMap<number, string>,
): Scores {
  const scores: Record<string, number> = {};
  for (const { value } of attempted) {
    for (const { index, relevanceScore } of value.results) {
      const digest = digests.get(index);
      if (digest !== undefined && isScore(relevanceScore)) {
        scores[digest] = relevanceScore;
      }
    }
  }
  return scores;
}
