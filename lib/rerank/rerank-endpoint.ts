import type { Secret } from '../config/api-key/secret.js';
import type { Operation } from '../diagnosis/operation.interface.js';
import type { ReceivedResponse } from '../diagnosis/request-context.js';
import { readJson } from '../transport/attempt-failure.js';
import type { EndSignal } from '../transport/call-scope.js';
import { type CohereTransport, toJson } from '../transport/cohere-transport.js';

/** At Cohere's path; on other hosts the base URL may name another one, which takes the same body. */
export const RERANK: Operation = {
  method: 'POST',
  path: '/v2/rerank',
  name: 'rerank',
  modelSetting: 'COHERE_RERANK_MODEL',
};

/** The fields of one request, in the names of the `cohere-ai` SDK. */
export interface RerankQuery {
  readonly model: string;
  readonly query: string;
  readonly documents: readonly string[];
  readonly topN?: number | undefined;
  readonly maxTokensPerDoc?: number | undefined;
  readonly priority?: number | undefined;
  /** Rerank 5. */
  readonly relevantSpans?: RelevantSpansQuery | undefined;
}

export interface RelevantSpansQuery {
  readonly maxSpans?: number | undefined;
  readonly threshold?: number | undefined;
}

export interface RerankAttempt {
  readonly key: Secret | undefined;
  readonly signal: AbortSignal;
  /** The same, at less cost. */
  readonly end?: EndSignal | undefined;
  /** Receives the headers of a 2xx, which tell about the key. */
  readonly received?: ((headers: ReceivedResponse['headers']) => void) | undefined;
}

/**
 * One attempt to rank some documents. The testing module has one that needs no HTTP.
 */
export interface RerankEndpoint {
  /**
   * @returns the body as it is on the wire, unchecked: `{ id?, results: [{ index, relevance_score,
   *   relevant_spans? }], meta? }` (https://docs.cohere.com/reference/rerank)
   * @throws DiagnosedError, or what an attempt over the transport fails with; the signal's reason when it
   *   aborts
   */
  rerank(query: RerankQuery, attempt: RerankAttempt): Promise<unknown>;
}

/** Cohere itself. Body and headers are those that `CohereClientV2.rerank` sends; test/parity holds them to it. */
export class HttpRerankEndpoint implements RerankEndpoint {
  readonly #transport: CohereTransport;
  readonly #operation: Operation;

  constructor(transport: CohereTransport, operation: Operation) {
    this.#transport = transport;
    this.#operation = operation;
  }

  async rerank(query: RerankQuery, attempt: RerankAttempt): Promise<unknown> {
    const body = toJson(wireQuery(query));
    const response = await this.#transport.send({
      method: this.#operation.method,
      path: this.#operation.path,
      key: attempt.key,
      body,
      maxBytes: maxAnswerBytes(query, body),
      signal: attempt.end ?? attempt.signal,
    });
    const answer = readJson(response);
    attempt.received?.(response.headers);
    return answer;
  }
}

const ANSWER_BYTES = 64 * 1024;
/** A result is some 60 bytes; with spans, of which there may be many a document, some KiB. */
const RESULT_BYTES = 2 * 1024;
const SPANS_BYTES = 16 * 1024;
/** Some servers return the documents, each character that is not ASCII as six that are. */
const RETURNED_BYTES = 3;

/** No ranking of these documents is larger. */
function maxAnswerBytes({ documents, relevantSpans }: RerankQuery, body: string): number {
  const perResult = relevantSpans === undefined ? RESULT_BYTES : SPANS_BYTES;
  return ANSWER_BYTES + documents.length * perResult + RETURNED_BYTES * Buffer.byteLength(body);
}

/** The names on the wire. JSON leaves out what is undefined. */
function wireQuery({
  model,
  query,
  documents,
  topN,
  maxTokensPerDoc,
  priority,
  relevantSpans,
}: RerankQuery): object {
  return {
    model,
    query,
    documents,
    top_n: topN,
    max_tokens_per_doc: maxTokensPerDoc,
    priority,
    relevant_spans:
      relevantSpans === undefined
        ? undefined
        : { max_spans: relevantSpans.maxSpans, threshold: relevantSpans.threshold },
  };
}
