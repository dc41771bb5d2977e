import { fingerprint } from '../../config/api-key/secret.js';
import { createDiagnosis } from '../../diagnosis/create-diagnosis.js';
import { createError } from '../../diagnosis/errors.js';
import { type Operation, operationAt } from '../../diagnosis/operation.interface.js';
import type { RequestContext } from '../../diagnosis/request-context.js';
import {
  RERANK,
  type RerankAttempt,
  type RerankEndpoint,
  type RerankQuery,
} from '../../rerank/rerank-endpoint.js';
import { truncateToTokens } from '../emulator/billing.js';
import {
  DEFAULT_SPANS,
  DEFAULT_TOKENS_PER_DOC,
  type EmulatedRanking,
  type EmulatedRerank,
  runRerank,
  wireBilledUnits,
  wireResult,
} from '../emulator/endpoints/rerank.js';
import { READY_MADE_KEYS } from '../emulator/keys.js';
import type { OfflineAnswer } from './offline-dispatcher.js';
import { type RecordedRerank, recordRerank } from './recorded-rerank.js';
import { ScriptedFailures, scriptedError } from './scripted-failures.js';
import type { ScoreFunction } from '../emulator/ranking.js';

const BASE_URL = 'http://cohere.offline';
const KEY_NAME = 'the key of the test';

/** The other end of the service: it ranks, fails as scripted, and records. */
export class OfflineCohere implements RerankEndpoint {
  readonly failures = new ScriptedFailures();
  readonly #score: ScoreFunction | undefined;
  #calls: RecordedRerank[] = [];

  constructor(score: ScoreFunction | undefined) {
    this.#score = score;
  }

  get calls(): readonly RecordedRerank[] {
    return this.#calls;
  }

  reset(): void {
    this.failures.clear();
    this.#calls = [];
  }

  async rerank(query: RerankQuery, { key, signal }: RerankAttempt): Promise<unknown> {
    this.#calls.push(recordRerank(query, { key }));
    const failure = this.failures.take('rerank');
    if (failure !== undefined) {
      const length = key?.length ?? 0;
      throw scriptedError(failure, context(RERANK, length, key?.fingerprint ?? ''));
    }
    // A real response takes at least one turn of the event loop, in which a caller can abort.
    await new Promise(setImmediate);
    signal.throwIfAborted();
    return toAnswer(this.#rank(query));
  }

  /** What is asked besides rerank: whether the key is good, and what the model serves. */
  readonly answer: OfflineAnswer = ({ method, path }) => {
    const failure = this.failures.take('checkKey');
    if (failure !== undefined) {
      const key = READY_MADE_KEYS.active;
      throw scriptedError(
        failure,
        context(operationAt(method, path), key.length, fingerprint(key)),
      );
    }
    return { status: 200, body: JSON.stringify(goodAnswer(path)) };
  };

  #rank(query: RerankQuery): EmulatedRanking {
    try {
      return runRerank(toEmulatedCall(query), this.#score);
    } catch (error) {
      // Otherwise it would look like a network failure.
      throw createError(
        createDiagnosis('COHERE_RESPONSE_INVALID', {
          title: 'The score function of the test failed.',
          detail: error instanceof Error ? error.message : String(error),
          fix: ['Let score() return a number from 0 to 1 for every document.'],
        }),
      );
    }
  }
}

function goodAnswer(path: string): object {
  if (path.endsWith('/check-api-key')) {
    return { valid: true };
  }
  return path.endsWith('/rerank')
    ? { results: [{ index: 0, relevance_score: 1 }] }
    : { endpoints: ['rerank'] };
}

function toAnswer(ranking: EmulatedRanking): unknown {
  return {
    id: ranking.id,
    results: ranking.results.map(wireResult),
    meta: { billed_units: wireBilledUnits(ranking) },
  };
}

function context(operation: Operation, keyLength: number, keyFingerprint: string): RequestContext {
  return {
    baseUrl: BASE_URL,
    operation,
    key: { name: KEY_NAME, length: keyLength, fingerprint: keyFingerprint },
  };
}

/** The query of the service in the terms of the emulator. Any model is taken for one of Rerank 5. */
function toEmulatedCall({
  query,
  documents,
  topN,
  maxTokensPerDoc,
  relevantSpans: spans,
}: RerankQuery): EmulatedRerank {
  return {
    query,
    documents: documents.map((text) =>
      truncateToTokens(text, maxTokensPerDoc ?? DEFAULT_TOKENS_PER_DOC),
    ),
    topN: topN ?? documents.length,
    spans:
      spans === undefined
        ? undefined
        : {
            maxSpans: spans.maxSpans ?? DEFAULT_SPANS.maxSpans,
            threshold: spans.threshold ?? DEFAULT_SPANS.threshold,
          },
    billsTokens: true,
  };
}
