import { diagnoseTimeout } from '../diagnosis/diagnose-timeout.js';
import type { ApiKeyHolder } from '../transport/api-key-holder.js';
import { attemptUntilDone, type Attempted } from '../transport/attempts.js';
import type { CohereTransport } from '../transport/cohere-transport.js';
import type { RerankEndpoint, RerankQuery } from '../transport/rerank-endpoint.interface.js';
import type { Batch } from './documents/split-into-batches.js';
import type { Secret } from '../config/api-key/secret.js';
import { createError } from '../diagnosis/errors.js';
import { orAbort } from '../transport/abortable.js';
import { diagnoseAttempt } from '../transport/attempt-failure.js';
import { requestContext } from '../transport/authorization.js';
import { CallScope } from '../transport/call-scope.js';
import { type Ranking, readRanking } from './read-ranking.js';

export const RERANK_PATH = '/v2/rerank';

/** What a call goes through. */
export interface RerankConnection {
  readonly transport: CohereTransport;
  readonly keys: ApiKeyHolder;
  readonly endpoint: RerankEndpoint;
}

export interface RankingOrder<T extends string | object> {
  readonly batches: readonly Batch<T>[];
  /** All but the documents, which the batches hold, and `topN`. */
  readonly query: Omit<RerankQuery, 'documents' | 'topN'>;
  readonly topN: number | undefined;
  readonly timeoutMs: number;
  readonly maxRetries: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Has all batches ranked, at the same time as far as the limit of the instance allows, under one
 * deadline. The first that fails for good ends the others: a partial ranking would look like a whole one.
 *
 * @throws DiagnosedError; the reason of the caller's signal
 */
export async function rankBatches<T extends string | object>(
  connection: RerankConnection,
  order: RankingOrder<T>,
): Promise<readonly Attempted<Ranking<T>>[]> {
  const scope = new CallScope(order.timeoutMs, order.signal, connection.transport.callerSignals);
  try {
    return await rankBatchesWithin(scope, connection, order);
  } finally {
    scope.close();
  }
}

/** As `rankBatches`, as a part of a call that began before. */
export async function rankBatchesWithin<T extends string | object>(
  scope: CallScope,
  connection: RerankConnection,
  order: Omit<RankingOrder<T>, 'timeoutMs' | 'signal'>,
): Promise<readonly Attempted<Ranking<T>>[]> {
  scope.signal.throwIfAborted();
  const refreshing = connection.keys.refresh();
  if (refreshing !== undefined) {
    await refreshKey(connection, scope, refreshing);
  }
  throwIfRejected(connection.keys);
  scope.expectListeners(order.batches.length);
  return Promise.all(order.batches.map((batch) => rankBatch(connection, order, batch, scope)));
}

async function rankBatch<T extends string | object>(
  { transport, keys, endpoint }: RerankConnection,
  order: Omit<RankingOrder<T>, 'timeoutMs' | 'signal'>,
  batch: Batch<T>,
  scope: CallScope,
): Promise<Attempted<Ranking<T>>> {
  const { query, expected } = queryFor(batch, order);
  let key: Secret | undefined;
  const context = () => requestContext(transport, RERANK_PATH, key, keys.sourceName);
  try {
    return await attemptUntilDone({
      scope,
      budget: transport.retryBudget,
      rateLimit: transport.rateLimit,
      currentKey: () => keys.current,
      limit: transport.concurrency,
      maxRetries: order.maxRetries,
      attempt: async () => {
        // Others may have learnt it while this one waited for its turn.
        throwIfRejected(keys);
        key = keys.current;
        const answer = await endpoint.rerank(query, { key, signal: scope.signal });
        return readRanking(answer, batch, expected);
      },
      diagnose: (failure) => diagnoseAttempt(failure, context(), key),
      diagnoseTimeout: (phase) => diagnoseTimeout(context(), scope.timeoutMs, phase),
      renewKey: async (diagnosis) =>
        key !== undefined && keys.rejection === undefined && keys.renew(key, diagnosis),
    });
  } catch (error) {
    scope.cancel(error);
    throw error;
  }
}

/** `top_n` goes along only where it cuts something off. */
function queryFor<T extends string | object>(
  { texts: documents }: Batch<T>,
  { query, topN = Infinity }: Pick<RankingOrder<T>, 'query' | 'topN'>,
) {
  const cuts = topN < documents.length;
  return {
    query: cuts ? { ...query, documents, topN } : { ...query, documents },
    expected: cuts ? topN : documents.length,
  };
}

async function refreshKey(
  { transport, keys }: RerankConnection,
  scope: CallScope,
  refreshing: Promise<void>,
): Promise<void> {
  try {
    await orAbort(refreshing, scope.signal);
  } catch (reason) {
    const context = requestContext(transport, RERANK_PATH, keys.current, keys.sourceName);
    scope.throwIfEnded(() => diagnoseTimeout(context, scope.timeoutMs, 'key'));
    throw reason;
  }
}

function throwIfRejected({ rejection }: ApiKeyHolder): void {
  if (rejection !== undefined) {
    const detail = `${rejection.detail} Cohere refused this key less than 30 seconds ago and was not asked again.`;
    throw createError({ ...rejection, detail });
  }
}
