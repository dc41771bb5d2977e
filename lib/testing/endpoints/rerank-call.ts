import type { SpanOptions } from '../ranking/relevant-spans.js';
import type { JsonObject } from '../wire/json-body.js';
import { MESSAGES } from '../wire/messages.js';
import { readList, readString } from '../wire/read-field.js';
import { Refusal } from '../wire/refusal.js';

/** One rerank, whichever version of the API asked for it. */
export interface RerankCall {
  readonly query: string;
  /** The texts to rank, already cut to the length the request allows. */
  readonly documents: readonly string[];
  readonly topN: number;
  /** Which passages to give; `undefined` for none. */
  readonly spans: SpanOptions | undefined;
  /** Whether the model bills input tokens. */
  readonly billsTokens: boolean;
}

export const DEFAULT_TOKENS_PER_DOC = 4_096;
/** Cohere does not publish its defaults; these keep a demo readable. */
export const DEFAULT_SPANS: SpanOptions = { maxSpans: 3, threshold: 0.3 };

/** A query that is not blank. */
export function readQuery(body: JsonObject): string {
  const query = readString(body, 'query') ?? '';
  if (query.trim() === '') {
    throw new Refusal(400, MESSAGES.blankQuery);
  }
  return query;
}

/** A list of documents that is not empty. */
export function readDocuments(body: JsonObject): readonly unknown[] {
  const documents = readList(body, 'documents') ?? [];
  if (documents.length === 0) {
    throw new Refusal(400, MESSAGES.noDocuments);
  }
  return documents;
}

/** Cohere refuses a document without any text. */
export function requireText(text: string, index: number): string {
  if (text.trim() === '') {
    throw new Refusal(400, MESSAGES.emptyDocument(index));
  }
  return text;
}
