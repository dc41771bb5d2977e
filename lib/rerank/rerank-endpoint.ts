import type { Secret } from '../config/api-key/secret.js';
import type { Operation } from '../diagnosis/operation.interface.js';
import type { ReceivedResponse } from '../diagnosis/request-context.js';
import { readJson } from '../transport/attempt-failure.js';
import type { EndSignal } from '../transport/call-scope.js';
import { type CohereTransport, toJson } from '../transport/cohere-transport.js';

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
  readonly signal: EndSignal;
  /** Receives the headers of a 2xx, which contain facts about the key. */
  readonly received?: ((headers: ReceivedResponse['headers']) => void) | undefined;
}

/**
 * Ranks documents in one attempt. The testing module implements it without HTTP.
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

/** Implements the endpoint over HTTP. Body and headers equal those of `CohereClientV2.rerank`; test/parity verifies it. */
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
      signal: attempt.signal,
    });
    const answer = readJson(response);
    attempt.received?.(response.headers);
    return answer;
  }
}

const ANSWER_BYTES = 64 * 1024;
/** The limit per result: some 60 bytes are usual; with spans, some KiB. */
const RESULT_BYTES = 2 * 1024;
const SPANS_BYTES = 16 * 1024;
/** The size of returned documents, per character sent: some servers escape `é` as `\u00e9`, and those in Go also `<`. */
const RETURNED_BYTES = 6;

/** Returns the largest size of a ranking of these documents. */
function maxAnswerBytes({ documents, relevantSpans }: RerankQuery, body: string): number {
  const perResult = relevantSpans === undefined ? RESULT_BYTES : SPANS_BYTES;
  return ANSWER_BYTES + documents.length * perResult + RETURNED_BYTES * body.length;
}

/** Converts to the names on the wire. JSON omits undefined values. */
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
