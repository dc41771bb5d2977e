import { randomUUID } from 'node:crypto';
import { countTokens, searchUnits } from '../billing.js';
import type { EmulatedOperation } from '../limits.js';
import {
  bestPassages,
  rankDocuments,
  type ScoreFunction,
  scorerFor,
  type SpanOptions,
  type WireSpan,
} from '../ranking.js';
import { type JsonObject, listField, MESSAGES, readObject, Refusal, stringField } from '../wire.js';
import type { EndpointCall } from './endpoint.interface.js';

export const RERANK_OPERATION: EmulatedOperation = {
  name: 'rerank',
  trialCallsPerMinute: 10,
  billed: true,
};

/** One rerank, of either version of the API. */
export interface EmulatedRerank {
  readonly query: string;
  /** The texts to rank, already cut to the length the request allows. */
  readonly documents: readonly string[];
  readonly topN: number;
  /** Limits of the passages to return; `undefined` for none. */
  readonly spans: SpanOptions | undefined;
  /** True if the model bills input tokens. */
  readonly billsTokens: boolean;
}

/** A ranking in the fields of the wire. */
export interface EmulatedRanking {
  readonly id: string;
  /** The results in descending score, ties by index. */
  readonly results: readonly {
    readonly index: number;
    readonly relevance_score: number;
    readonly relevant_spans: readonly WireSpan[] | undefined;
  }[];
  readonly billedUnits: object;
}

export const DEFAULT_TOKENS_PER_DOC = 4_096;
/** Cohere does not publish its defaults; these keep a demo readable. */
export const DEFAULT_SPANS: SpanOptions = { maxSpans: 3, threshold: 0.1 };

const JSON_TYPE = /^application\/json\s*(?:;|$)/i;

/** Returns the body of a request as a JSON object. */
export function readJson({ contentType, body }: EndpointCall): JsonObject {
  if (contentType !== undefined && !JSON_TYPE.test(contentType)) {
    throw new Refusal(400, MESSAGES.notJson);
  }
  return readObject(body);
}

/** Ranks and bills. */
export function runRerank(call: EmulatedRerank, score: ScoreFunction | undefined): EmulatedRanking {
  const { query, documents, topN, spans, billsTokens } = call;
  const scorer = scorerFor(query, score);
  return {
    id: randomUUID(),
    results: rankDocuments(documents, scorer, topN).map((ranked) => ({
      index: ranked.index,
      relevance_score: ranked.score,
      relevant_spans: spans && bestPassages(documents[ranked.index] ?? '', scorer, spans),
    })),
    billedUnits: {
      search_units: searchUnits(query, documents),
      input_tokens: billsTokens ? countInputTokens(query, documents) : undefined,
    },
  };
}

/** Returns a query that is not blank. */
export function readQuery(body: JsonObject): string {
  const query = stringField(body, 'query') ?? '';
  if (query.trim() === '') {
    throw new Refusal(400, MESSAGES.blankQuery);
  }
  return query;
}

/** Returns a list of documents that is not empty. */
export function readDocuments(body: JsonObject): readonly unknown[] {
  const documents = listField(body, 'documents') ?? [];
  if (documents.length === 0) {
    throw new Refusal(400, MESSAGES.noDocuments);
  }
  return documents;
}

/** Refuses a document without text, like Cohere. */
export function requireText(text: string, index: number): string {
  if (text.trim() === '') {
    throw new Refusal(400, MESSAGES.emptyDocument(index));
  }
  return text;
}

function countInputTokens(query: string, documents: readonly string[]): number {
  return documents.reduce((sum, document) => sum + countTokens(document), countTokens(query));
}
