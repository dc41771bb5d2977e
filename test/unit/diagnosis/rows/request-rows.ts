import { html, json } from '../fixtures.js';
import type { Row } from './row.interface.js';

export const REQUEST_ROWS: readonly Row[] = [
  {
    response: json(400, 'invalid request: list of documents must not be empty'),
    code: 'COHERE_REQUEST_INVALID',
    names: /no documents/,
  },
  {
    response: json(400, 'invalid request: document at index 0 cannot be empty'),
    code: 'COHERE_REQUEST_INVALID',
    names: /document is empty/,
  },
  {
    response: json(400, 'invalid request: document at index 12 cannot be empty'),
    code: 'COHERE_REQUEST_INVALID',
    names: /document is empty/,
  },
  ...['too many chunks', 'too many documents'].map((message): Row => ({
    response: json(422, message),
    code: 'COHERE_REQUEST_INVALID',
    names: /maxDocumentsPerRequest/,
  })),
  {
    response: json(400, "'top_k' is not a valid field"),
    code: 'COHERE_REQUEST_INVALID',
    names: /parameter/,
  },
  {
    response: json(400, 'invalid request: query must not be empty or be only whitespace'),
    code: 'COHERE_REQUEST_INVALID',
    names: /query is blank/,
  },
  {
    response: json(400, 'a model parameter is required for this endpoint.'),
    code: 'COHERE_REQUEST_INVALID',
    names: /COHERE_RERANK_MODEL/,
  },
  {
    response: json(
      400,
      'invalid request: number of total max chunks (number of documents * max chunks per doc) must be less than 10000',
    ),
    code: 'COHERE_REQUEST_INVALID',
    names: /maxDocumentsPerRequest/,
  },
  {
    response: json(400, 'invalid request: rank_fields cannot be empty'),
    code: 'COHERE_REQUEST_INVALID',
    names: /fields/,
  },
  {
    response: json(400, 'invalid json syntax: unexpected end'),
    code: 'COHERE_REQUEST_INVALID',
    names: /proxy/,
  },
  {
    response: json(400, 'too many tokens: size limit exceeded by 12 tokens.'),
    code: 'COHERE_REQUEST_INVALID',
    names: /maxTokensPerDoc/,
  },
  { response: json(400, 'something new'), code: 'COHERE_REQUEST_INVALID' },
  {
    response: json(
      422,
      "unknown field: parameter 'top_k' is not a valid field. For proper usage, please refer to https://docs.cohere.com/reference/rerank",
    ),
    code: 'COHERE_REQUEST_INVALID',
    names: /parameter/,
  },
  {
    response: json(413, 'request too large'),
    code: 'COHERE_REQUEST_INVALID',
    names: /maxDocumentsPerRequest/,
  },
  {
    response: html(413, 'Request Entity Too Large'),
    code: 'COHERE_REQUEST_INVALID',
    names: /proxy/,
  },
  {
    response: json(498, 'invalid token'),
    code: 'COHERE_REQUEST_INVALID',
    names: /key is not the cause/,
  },
];
