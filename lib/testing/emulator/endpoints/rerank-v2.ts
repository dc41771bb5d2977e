import { truncateToTokens } from '../billing.js';
import type { SpanOptions } from '../ranking.js';
import {
  type JsonObject,
  isJsonObject,
  isString,
  booleanField,
  integerField,
  numberField,
  stringField,
  unknownFields,
  MESSAGES,
  Refusal,
} from '../wire.js';
import type { EmulatedAccount, Endpoint } from './endpoint.interface.js';
import type { EmulatedModel } from '../model-catalogue.js';
import {
  DEFAULT_SPANS,
  DEFAULT_TOKENS_PER_DOC,
  type EmulatedRerank,
  readJson,
  RERANK_OPERATION,
  readDocuments,
  readQuery,
  requireText,
  runRerank,
} from './rerank.js';

const PAGE = 'reference/rerank';
const FIELDS: ReadonlySet<string> = new Set([
  'model',
  'query',
  'documents',
  'top_n',
  'max_tokens_per_doc',
  'priority',
  'relevant_spans',
]);
/** Documented until November 2024, and still sent by clients of that time. */
const LEGACY_FIELDS: ReadonlySet<string> = new Set([...FIELDS, 'return_documents']);

const MAX_DOCUMENTS = 10_000;
const MAX_PRIORITY = 999;

/** https://docs.cohere.com/reference/rerank */
export const rerankV2: Endpoint = {
  method: 'POST',
  path: '/v2/rerank',
  operation: RERANK_OPERATION,
  answer: (call, { models, score, acceptLegacyFields }) => {
    const body = readJson(call);
    requireKnownFields(body, acceptLegacyFields ? LEGACY_FIELDS : FIELDS);
    const wanted = readCall(body, models);
    const documents = booleanField(body, 'return_documents') === true ? readDocuments(body) : [];
    const ranking = runRerank(wanted, score);
    return {
      id: ranking.id,
      results: ranking.results.map((result) => ({
        ...result,
        document: documents.length > 0 ? { text: documents[result.index] } : undefined,
      })),
      meta: {
        api_version: { version: '2', is_experimental: false },
        billed_units: ranking.billedUnits,
      },
    };
  },
};

function requireKnownFields(body: JsonObject, known: ReadonlySet<string>): void {
  const [field] = unknownFields(body, known);
  if (field !== undefined) {
    throw new Refusal(422, MESSAGES.unknownField(field, PAGE));
  }
}

function readCall(body: JsonObject, models: EmulatedAccount['models']): EmulatedRerank {
  const name = stringField(body, 'model') ?? '';
  if (name === '') {
    throw new Refusal(400, MESSAGES.noModel);
  }
  const query = readQuery(body);
  const documents = readTexts(body);
  const topN = integerField(body, 'top_n', 1) ?? documents.length;
  const tokens = integerField(body, 'max_tokens_per_doc', 1) ?? DEFAULT_TOKENS_PER_DOC;
  integerField(body, 'priority', 0, MAX_PRIORITY);
  const model = models.findFor('rerank', name);
  return {
    query,
    documents: documents.map((text) => truncateToTokens(text, tokens)),
    topN,
    spans: readSpans(body, model),
    billsTokens: model.relevantSpans === true,
  };
}

function readTexts(body: JsonObject): readonly string[] {
  const documents = readDocuments(body);
  if (documents.length > MAX_DOCUMENTS) {
    throw new Refusal(400, MESSAGES.tooManyChunks);
  }
  if (!documents.every(isString)) {
    throw new Refusal(400, MESSAGES.wrongType('documents', 'a list of strings'));
  }
  return documents.map(requireText);
}

function readSpans(body: JsonObject, model: EmulatedModel): SpanOptions | undefined {
  const given = body['relevant_spans'] ?? undefined;
  if (given === undefined) {
    return undefined;
  }
  if (!isJsonObject(given)) {
    throw new Refusal(400, MESSAGES.wrongType('relevant_spans', 'an object'));
  }
  if (model.relevantSpans !== true) {
    throw new Refusal(400, MESSAGES.unsupportedSpans(model.name));
  }
  return {
    maxSpans: integerField(given, 'max_spans', 1) ?? DEFAULT_SPANS.maxSpans,
    threshold: numberField(given, 'threshold', 0, 1) ?? DEFAULT_SPANS.threshold,
  };
}
