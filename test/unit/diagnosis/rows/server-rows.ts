import { GATEWAY, json, RERANK, text } from '../fixtures.js';
import type { Row } from './row.interface.js';

/** A JSON answer of another server than Cohere's. */
function answer(status: number, body: unknown): Row['response'] {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

function rows(code: Row['code'], names: RegExp, responses: readonly Row['response'][]): Row[] {
  return responses.map((response) => ({ response, code, names, context: GATEWAY }));
}

const EXPIRED_WORDS = [
  'Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired.',
  'The OAuth token is expired, revoked, malformed, or invalid.',
  'API key missing/invalid/expired',
  'API key invalid | expired',
  'Your API key may have expired.',
  'Please check that the API key has not expired.',
  'If the token has expired, log in again.',
  'Invalid, expired and revoked keys are refused.',
];

/** The same meanings in the words of the servers that speak Cohere's wire. */
export const SERVER_ROWS: readonly Row[] = [
  ...rows(
    'COHERE_API_KEY_REJECTED',
    /^The server rejected the API key/,
    EXPIRED_WORDS.map((message) => json(401, message)),
  ),
  ...rows('COHERE_API_KEY_EXPIRED', /operator of gateway\.example:8443/, [
    json(403, 'The security token included in the request is expired'),
    answer(403, { __type: 'com.amazon.coral.service#ExpiredTokenException' }),
    {
      status: 403,
      headers: { 'content-type': 'application/json', 'x-amzn-ErrorType': 'ExpiredTokenException:' },
      body: '{"message":"Request refused"}',
    },
    answer(401, {
      error: {
        message:
          'Authentication Error - Expired Key. Key Expiry time 2026-01-01 and current time 2026-02-01',
        type: 'expired_key',
      },
    }),
    json(401, 'Signature has expired'),
  ]),
  ...rows('COHERE_API_KEY_REJECTED', /^The server rejected the API key/, [
    json(403, 'The security token included in the request is invalid.'),
    answer(403, { error: { message: 'Invalid API key provided' } }),
    answer(403, { detail: 'The API key is not valid' }),
  ]),
  ...rows('COHERE_API_KEY_FORBIDDEN', /not allowed to use rerank/, [
    answer(401, {
      error: {
        message:
          "key not allowed to access model. This key can only access models=['a']. Tried to access b",
        type: 'key_model_access_denied',
      },
    }),
    answer(403, {
      detail: 'Virtual key is not allowed to call this route. Only allowed to call routes: []',
    }),
  ]),
  ...rows('COHERE_BLOCKED', /does not say that the key is the cause/, [
    json(
      403,
      "'abc' not a valid key=value pair (missing equal-sign) in Authorization header: 'Bearer'.",
    ),
  ]),
  ...rows('COHERE_MODEL_NOT_FOUND', /Set COHERE_RERANK_MODEL/, [
    answer(400, {
      error: {
        message:
          '/rerank: Invalid model name passed in model=nope. Call `/v1/models` to view available models for your key.',
        type: 'None',
        code: '400',
      },
    }),
    answer(404, {
      error: {
        code: 'DeploymentNotFound',
        message: 'The API deployment for this resource does not exist.',
      },
    }),
    answer(404, { error: { code: 'DeploymentNotFound' } }),
    answer(404, {
      object: 'error',
      message: 'The model `x` does not exist.',
      type: 'NotFoundError',
      code: 404,
    }),
    answer(404, {
      error: {
        message: 'The model `x` does not exist or you do not have access to it.',
        code: 'model_not_found',
      },
    }),
    answer(404, { error: { message: { text: 'no' }, code: 'model_not_found' } }),
    answer(400, { detail: 'Model not found in the model list, uid: x' }),
    answer(400, {
      code: 20_012,
      message: 'Model does not exist. Please check it carefully.',
      data: null,
    }),
    answer(400, { error: { message: 'x is not a valid model ID', code: 400 } }),
    answer(404, {
      error: {
        message: 'Unable to access model x. Please visit our site.',
        code: 'model_not_available',
      },
    }),
    answer(422, {
      detail: [
        { type: 'literal_error', loc: ['body', 'model'], msg: "Input should be 'a' or 'b'" },
      ],
    }),
    answer(400, { message: 'The provided model identifier is invalid.' }),
    answer(404, {
      message: 'Could not resolve the foundation model from the provided model identifier.',
    }),
    answer(404, { error: 'unsupported model x' }),
    answer(400, { errors: [{ message: 'Unknown model: x' }] }),
    answer(400, { error_msg: 'no such model' }),
    answer(404, { error: "model 'x' not found, try pulling it first" }),
  ]),
  ...rows('COHERE_MODEL_NOT_FOUND', /The model does not serve rerank/, [
    answer(400, { error: { message: 'The model does not support Rerank (Score) API', code: 400 } }),
  ]),
  ...rows('COHERE_QUOTA_EXHAUSTED', /quota or budget/, [
    answer(429, {
      error: {
        message: 'Budget has been exceeded! Current cost: 1.2, Max budget: 1.0',
        type: 'budget_exceeded',
        code: '429',
      },
    }),
    answer(400, {
      error: {
        message: 'Budget has been exceeded! Current cost: 1, Max budget: 1',
        type: 'budget_exceeded',
        code: '400',
      },
    }),
    answer(429, { error: { type: 'budget_exceeded' } }),
    answer(429, {
      error: {
        message: 'You exceeded your current quota, please check your plan and billing details.',
        type: 'insufficient_quota',
      },
    }),
    answer(429, { detail: 'ExceededBudget: user has exceeded their budget' }),
    json(429, 'Daily limit of 1000 requests reached'),
  ]),
  ...rows('COHERE_RATE_LIMITED', /limits the rate/, [
    answer(429, {
      error: {
        message:
          'Requests have exceeded call rate limit of your current pricing tier. Please retry after 6 seconds.',
      },
    }),
    json(429, 'You are using a trial plan, slow down'),
    json(429, "Quota exceeded for quota metric 'requests' and limit 'requests per minute'"),
    answer(429, {
      error: { message: 'Max parallel request limit reached', type: 'throttling_error' },
    }),
  ]),
  ...rows('COHERE_BILLING_REQUIRED', /operator of gateway\.example:8443/, [
    answer(403, { code: 30_001, message: 'Sorry, your account balance is insufficient' }),
    answer(402, { error: { message: 'Insufficient credits' } }),
    json(402, 'Please add a payment method'),
    json(402, 'The billing limit is reached'),
  ]),
  ...rows('COHERE_REQUEST_INVALID', /too long for the model/, [
    answer(500, {
      error: {
        code: 500,
        message: 'input is too large to process. increase the physical batch size',
        type: 'server_error',
      },
    }),
    answer(500, {
      error: {
        message:
          'input (600 tokens) is too large to process. increase the physical batch size (current batch size: 512)',
      },
    }),
    answer(400, {
      object: 'error',
      message:
        "This model's maximum context length is 512 tokens. However, you requested 600 tokens. Please reduce the length of the input.",
    }),
    answer(413, {
      error: 'Input validation error: `inputs` must have less than 512 tokens. Given: 600',
      error_type: 'Validation',
    }),
    answer(400, {
      error: {
        message: 'the request exceeds the available context size',
        type: 'exceed_context_size_error',
      },
    }),
    answer(400, { error: { message: 'no', code: 'context_length_exceeded' } }),
    answer(422, { detail: 'Input text exceeds maximum length' }),
    answer(400, { message: 'Input is too long for requested model.' }),
  ]),
  ...rows('COHERE_REQUEST_INVALID', /too many documents/, [
    answer(413, {
      error: 'batch size 1000 > maximum allowed batch size 32',
      error_type: 'Validation',
    }),
    answer(422, {
      detail: [
        {
          loc: ['body', 'documents'],
          msg: 'List should have at most 64 items after validation, not 65',
        },
      ],
    }),
  ]),
  ...rows('COHERE_REQUEST_INVALID', /under Found/, [
    answer(422, {
      detail: [{ type: 'missing', loc: ['body', 'documents'], msg: 'Field required', input: {} }],
    }),
    answer(400, { errors: { documents: ['is required'] } }),
  ]),
  ...rows('COHERE_REQUEST_INVALID', /does not say why/, [answer(422, {}), text(400, '')]),
  ...rows('COHERE_RESPONSE_INVALID', /Text Embeddings Inference/, [
    text(
      422,
      'Failed to deserialize the JSON body into the target type: missing field `texts` at line 1 column 90',
    ),
  ]),
  ...rows('COHERE_RESPONSE_INVALID', /ending in \/v1\/rerank or \/rerank/, [
    answer(404, { error: { code: 404, message: 'File Not Found', type: 'not_found_error' } }),
    answer(404, { detail: 'Not Found' }),
    text(404, ''),
    json(405, 'Method Not Allowed'),
  ]),
  {
    response: json(413, 'the passages exceed the model'),
    context: RERANK,
    code: 'COHERE_REQUEST_INVALID',
  },
];
