import { truncateToTokens } from '../billing.js';
import {
  type JsonObject,
  isJsonObject,
  isString,
  booleanField,
  integerField,
  listField,
  stringField,
  type RequestBody,
  unknownFields,
  MESSAGES,
  Refusal,
} from '../wire.js';
import type { EmulatedAccount, Endpoint } from './endpoint.interface.js';
import {
  type EmulatedRerank,
  readJson,
  RERANK_OPERATION,
  readDocuments,
  readQuery,
  requireText,
  runRerank,
} from './rerank.js';

const FIELDS: ReadonlySet<string> = new Set([
  'model',
  'query',
  'documents',
  'top_n',
  'rank_fields',
  'return_documents',
  'max_chunks_per_doc',
]);

const DEFAULT_MODEL = 'rerank-v3.5';
const DEFAULT_CHUNKS_PER_DOC = 10;
const MAX_CHUNKS = 10_000;
const TOKENS_A_CHUNK = 500;

// Clients accept about 16 KB of headers.
const MAX_WARNINGS = 10;
const MAX_NAME_LENGTH = 100;

/** https://docs.cohere.com/v1/reference/rerank */
export const rerankV1: Endpoint = {
  method: 'POST',
  path: '/v1/rerank',
  operation: RERANK_OPERATION,
  headers: ({ body }) => warnOfUnknownFields(body),
  answer: (call, { models, score }) => {
    const body = readJson(call);
    const ranking = runRerank(readCall(body, models), score);
    const documents = booleanField(body, 'return_documents') === true ? readDocuments(body) : [];
    return {
      id: ranking.id,
      results: ranking.results.map((result) => ({
        ...result,
        document: returnedDocument(documents[result.index]),
      })),
      meta: { api_version: { version: '1' }, billed_units: ranking.billedUnits },
    };
  },
};

// Version 1 ignores unknown fields; version 2 answers 422.
function warnOfUnknownFields({ value }: RequestBody): Readonly<Record<string, string>> {
  const unknown = isJsonObject(value) ? unknownFields(value, FIELDS) : [];
  if (unknown.length === 0) {
    return {};
  }
  const warnings = unknown
    .slice(0, MAX_WARNINGS)
    .map((field) => MESSAGES.ignoredField(inHeader(field)));
  return { 'x-api-warning': warnings.join(', ') };
}

function inHeader(field: string): string {
  return field.slice(0, MAX_NAME_LENGTH).replaceAll(/[^\x20-\x7E]/g, '?');
}

function readCall(body: JsonObject, models: EmulatedAccount['models']): EmulatedRerank {
  const query = readQuery(body);
  const documents = readDocuments(body);
  const chunks = integerField(body, 'max_chunks_per_doc', 1) ?? DEFAULT_CHUNKS_PER_DOC;
  if (documents.length * chunks > MAX_CHUNKS) {
    throw new Refusal(400, MESSAGES.tooManyChunks);
  }
  const fields = readRankFields(body);
  const texts = documents.map((document, index) => requireText(textOf(document, fields), index));
  const model = models.findFor('rerank', stringField(body, 'model') ?? DEFAULT_MODEL);
  return {
    query,
    documents: texts.map((text) => truncateToTokens(text, chunks * TOKENS_A_CHUNK)),
    topN: integerField(body, 'top_n', 1) ?? documents.length,
    spans: undefined,
    billsTokens: model.relevantSpans === true,
  };
}

function readRankFields(body: JsonObject): readonly string[] | undefined {
  const fields = listField(body, 'rank_fields');
  if (fields?.length === 0) {
    throw new Refusal(400, MESSAGES.noRankFields);
  }
  if (fields !== undefined && !fields.every(isString)) {
    throw new Refusal(400, MESSAGES.wrongType('rank_fields', 'a list of strings'));
  }
  return fields;
}

function textOf(document: unknown, fields: readonly string[] | undefined): string {
  if (isString(document)) {
    return document;
  }
  if (!isJsonObject(document)) {
    throw new Refusal(400, MESSAGES.wrongType('documents', 'a list of strings or objects'));
  }
  const text = (fields ?? [])
    .map((field) => document[field])
    .filter(isString)
    .join('\n');
  if (fields !== undefined) {
    return text;
  }
  const fallback = document['text'] ?? document['snippet'];
  if (!isString(fallback)) {
    throw new Refusal(400, MESSAGES.noText);
  }
  return fallback;
}

function returnedDocument(document: unknown): unknown {
  return isString(document) ? { text: document } : document;
}
