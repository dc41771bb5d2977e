/**
 * JSON Schemas of the emulator's responses, from Cohere's OpenAPI document. Source:
 * cohere-openapi.yaml in github.com/cohere-ai/cohere-developer-experience at 020bfd3e (paths /v1/rerank and
 * /v2/rerank, schema ApiMeta, header ApiWarning); for the others the serializers of cohere-ai 8.1.0, which are
 * generated from it. Closed (`additionalProperties: false`), so that the emulator invents no field.
 *
 * Where recorded responses differ, the record wins, and the schema says so.
 */
const NUMBER = { type: 'number' } as const;
const STRING = { type: 'string' } as const;
const BOOLEAN = { type: 'boolean' } as const;
const COUNT = { type: 'integer', minimum: 0 } as const;

const API_META = closed(
  {
    api_version: closed(
      { version: STRING, is_deprecated: BOOLEAN, is_experimental: BOOLEAN },
      'version',
    ),
    billed_units: closed({
      images: NUMBER,
      input_tokens: COUNT,
      image_tokens: NUMBER,
      output_tokens: NUMBER,
      search_units: COUNT,
      classifications: NUMBER,
      pages: NUMBER,
    }),
    tokens: closed({ input_tokens: COUNT, output_tokens: COUNT }),
    cached_tokens: NUMBER,
    warnings: { type: 'array', items: STRING },
  },
  // Optional in the document; each recorded rerank has them.
  'api_version',
  'billed_units',
);

// Described as 0 to 1; the lowest recorded is 8.46e-06, and some clients take a 0 for no score at all.
const SCORE = { type: 'number', exclusiveMinimum: 0, maximum: 1 } as const;

// Rerank 5, https://docs.cohere.com/changelog/rerank-v5: not in the document yet.
const RELEVANT_SPANS = {
  type: 'array',
  items: closed({ start: COUNT, end: COUNT, score: SCORE }, 'start', 'end', 'score'),
} as const;

export const RERANK_V2 = rerank({
  index: COUNT,
  relevance_score: SCORE,
  relevant_spans: RELEVANT_SPANS,
});

/** "all other fields will be preserved": the document is open. */
export const RERANK_V1 = rerank({
  index: COUNT,
  relevance_score: SCORE,
  document: { type: 'object', properties: { text: STRING }, required: ['text'] },
});

export const CHECK_API_KEY = closed(
  { valid: BOOLEAN, organization_id: STRING, owner_id: STRING },
  'valid',
);

const ENDPOINTS = {
  type: 'array',
  items: { enum: ['chat', 'embed', 'classify', 'summarize', 'rerank', 'rate', 'generate'] },
} as const;

/** Recorded: no `is_deprecated` (the emulator has it where a test sets it), `features: null`, `tokenizer_url` a URL or null. */
export const GET_MODEL = closed(
  {
    name: STRING,
    endpoints: ENDPOINTS,
    finetuned: BOOLEAN,
    context_length: COUNT,
    tokenizer_url: { type: ['string', 'null'], format: 'uri' },
    default_endpoints: ENDPOINTS,
    features: { type: 'null' },
    is_deprecated: BOOLEAN,
  },
  'name',
  'endpoints',
  'finetuned',
  'context_length',
  'tokenizer_url',
  'features',
);

export const LIST_MODELS = closed(
  { models: { type: 'array', items: GET_MODEL }, next_page_token: STRING },
  'models',
);

/** The document says `{ data }`, which no recorded error has. */
export const ERROR = closed({ id: STRING, message: { type: 'string', minLength: 1 } }, 'message');

/** Recorded 401s have no id. */
export const UNAUTHORIZED = closed({ message: { type: 'string', minLength: 1 } }, 'message');

function rerank(result: Readonly<Record<string, object>>): object {
  return closed(
    {
      id: STRING,
      results: { type: 'array', items: closed(result, 'index', 'relevance_score') },
      meta: API_META,
    },
    'id',
    'results',
    'meta',
  );
}

function closed(properties: Readonly<Record<string, object>>, ...required: string[]): object {
  return { type: 'object', properties, required, additionalProperties: false };
}
