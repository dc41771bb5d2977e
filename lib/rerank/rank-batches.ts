import type { Operation } from '../diagnosis/operation.interface.js';
import type { Attempted, CohereCall } from '../transport/call-cohere.js';
import type { CallKeys } from '../transport/call-keys.js';
import type { CohereTransport } from '../transport/cohere-transport.js';
import type { RerankEndpoint, RerankQuery } from './rerank-endpoint.js';
import type { Batch } from './documents/split-into-batches.js';
import { Pace } from './pace.js';
import { type Ranking, readRanking } from './read-ranking.js';
import type { RerankRequest } from './rerank.interface.js';

/** The dependencies of a ranking. */
export interface RerankConnection {
  readonly transport: CohereTransport;
  readonly keys: CallKeys;
  readonly endpoint: RerankEndpoint;
  readonly operation: Operation;
}

export interface RankingJob<T extends string | object> {
  readonly batches: readonly Batch<T>[];
  /** All but the documents, which the batches hold, and `topN`. */
  readonly query: Omit<RerankQuery, 'documents' | 'topN'>;
  readonly topN: number | undefined;
}

/**
 * Ranks all batches within one call, as many at the same time as the concurrency of the instance allows. The first
 * that fails for good ends the others: a partial ranking would look like a whole one.
 *
 * @throws DiagnosedError; the reason of the caller's signal
 */
export async function rankBatches<T extends string | object>(
  call: CohereCall,
  connection: RerankConnection,
  job: RankingJob<T>,
): Promise<readonly Attempted<Ranking<T>>[]> {
  const { batches } = job;
  const [first, second] = batches;
  if (first !== undefined && second === undefined) {
    return [await rankBatch(call, connection, job, first)];
  }
  // Starts no more than can be sent: 20,000 in the queue would each subscribe to the signal of the call.
  const workers = Math.min(batches.length, connection.transport.concurrency.limit);
  const rankings: Attempted<Ranking<T>>[] = [];
  const left = batches.entries();
  const pace = new Pace();
  const work = async (): Promise<void> => {
    for (const [position, batch] of left) {
      // Each worker sends one request after another; writing a body takes a while.
      // oxlint-disable-next-line no-await-in-loop
      await pace.inLine();
      // oxlint-disable-next-line no-await-in-loop
      rankings[position] = await rankBatch(call, connection, job, batch);
    }
  };
  try {
    await Promise.all(Array.from({ length: workers }, work));
  } catch (error) {
    call.scope.cancel(error);
    throw error;
  }
  return rankings;
}

function rankBatch<T extends string | object>(
  call: CohereCall,
  { keys, endpoint, operation }: RerankConnection,
  job: RankingJob<T>,
  batch: Batch<T>,
): Promise<Attempted<Ranking<T>>> {
  const { query, expected } = queryFor(batch, job);
  return call.request({
    keys,
    operation,
    limited: true,
    counts: true,
    attempt: async (key, signal, received) => {
      const answer = await endpoint.rerank(query, { key, signal, received });
      return readRanking(answer, batch, expected, call.secretsWith(key));
    },
  });
}

/** `top_n` is sent only when it shortens the result. */
function queryFor<T extends string | object>(
  { texts: documents }: Batch<T>,
  { query, topN = Infinity }: RankingJob<T>,
) {
  const { model, query: text, maxTokensPerDoc, priority, relevantSpans } = query;
  const cuts = topN < documents.length;
  return {
    // Named one by one, because object spreads are a tenth of the cost of a small call.
    query: {
      model,
      query: text,
      documents,
      topN: cuts ? topN : undefined,
      maxTokensPerDoc,
      priority,
      relevantSpans,
    },
    expected: cuts ? topN : documents.length,
  };
}

type QueryParts = Pick<
  RerankRequest<string>,
  'query' | 'model' | 'maxTokensPerDoc' | 'priority' | 'relevantSpans'
>;

/** The parts of a request that are the same for all its batches. */
export function toQuery(
  { query, model, maxTokensPerDoc, priority, relevantSpans }: QueryParts,
  defaultModel: string,
): Omit<RerankQuery, 'documents' | 'topN'> {
  return {
    model: model ?? defaultModel,
    query,
    maxTokensPerDoc,
    priority,
    relevantSpans: spansOption(relevantSpans),
  };
}

function spansOption(option: QueryParts['relevantSpans']): RerankQuery['relevantSpans'] {
  if (option === undefined || option === false) {
    return undefined;
  }
  return option === true ? {} : { maxSpans: option.maxSpans, threshold: option.threshold };
}
