import { toPath, CHECK_KEY, GATEWAY, html, json, CHECK_MODEL, RERANK, text } from '../fixtures.js';
import type { Row } from './row.interface.js';

export const ADDRESS_ROWS: readonly Row[] = [
  {
    response: text(404, '404 page not found'),
    code: 'COHERE_RESPONSE_INVALID',
    names: /COHERE_BASE_URL/,
  },
  {
    response: json(404, '404 page not found'),
    code: 'COHERE_RESPONSE_INVALID',
    names: /COHERE_BASE_URL/,
  },
  { response: text(404, ''), code: 'COHERE_RESPONSE_INVALID', names: /COHERE_BASE_URL/ },
  {
    response: html(404, 'nginx'),
    context: GATEWAY,
    code: 'COHERE_RESPONSE_INVALID',
    names: /COHERE_BASE_URL/,
  },
  { response: html(404, 'nginx'), code: 'COHERE_BLOCKED' },
  {
    response: text(404, '404 page not found'),
    context: GATEWAY,
    code: 'COHERE_RESPONSE_INVALID',
    names: /leads to a server that has no such path/,
  },
  {
    response: { status: 308, headers: { location: 'https://gateway.example/v2/rerank' }, body: '' },
    context: { ...RERANK, baseUrl: 'http://gateway.example' },
    code: 'COHERE_RESPONSE_INVALID',
    names: /Write https:\/\//,
  },
  {
    response: html(400, '400 No required SSL certificate was sent'),
    context: GATEWAY,
    code: 'COHERE_BLOCKED',
    names: /client certificate \(mutual TLS\)/,
  },
  ...[
    text(403, 'client certificate required'),
    text(403, 'A client certificate is required.'),
    text(495, 'client certificate missing'),
    text(496, 'The SSL certificate error'),
  ].map((response): Row => ({
    response,
    context: GATEWAY,
    code: 'COHERE_BLOCKED',
    names: /client certificate \(mutual TLS\)/,
  })),
  ...['http://gateway.example/login', undefined].map((location): Row => ({
    response: { status: 302, headers: { location }, body: '' },
    context: { ...RERANK, baseUrl: 'http://gateway.example' },
    code: 'COHERE_RESPONSE_INVALID',
    names: /redirects to another address/,
  })),
  ...[300, 399].map((status): Row => ({
    response: { status, headers: { location: 'https://gateway.example/v2/rerank' }, body: '' },
    context: { ...RERANK, baseUrl: 'http://gateway.example' },
    code: 'COHERE_RESPONSE_INVALID',
    names: /Write https:\/\//,
  })),
  ...[300, 399].map((status): Row => ({
    response: text(status, ''),
    code: 'COHERE_RESPONSE_INVALID',
    names: /redirects to another address/,
  })),
  {
    response: json(422, 'something new'),
    context: { ...CHECK_MODEL, baseUrl: GATEWAY.baseUrl },
    code: 'COHERE_RESPONSE_INVALID',
    names: /did not accept the check/,
  },
  {
    response: json(404, 'Not Found'),
    context: toPath(CHECK_KEY, '/v1/check-api-key/x'),
    code: 'COHERE_RESPONSE_INVALID',
    names: /does not know this path/,
  },
  {
    response: json(400, 'something new'),
    context: toPath(CHECK_MODEL, '/v1/models/x/versions'),
    code: 'COHERE_REQUEST_INVALID',
  },
  { response: html(410), code: 'COHERE_BLOCKED' },
  {
    response: text(405, 'no route matches'),
    context: GATEWAY,
    code: 'COHERE_RESPONSE_INVALID',
    names: /no such path/,
  },
  {
    response: text(410, 'gone'),
    code: 'COHERE_RESPONSE_INVALID',
    names: /does not know this path/,
  },
  {
    response: text(400, "Bad Request: You're speaking plain HTTP to an SSL-enabled server port."),
    code: 'COHERE_RESPONSE_INVALID',
    names: /https:\/\//,
  },
  ...[json(400, 'something new'), json(498, 'invalid token')].map((response): Row => ({
    response,
    context: CHECK_KEY,
    code: 'COHERE_RESPONSE_INVALID',
    names: /did not accept the check/,
  })),
  {
    response: json(405, 'method not allowed'),
    code: 'COHERE_RESPONSE_INVALID',
    names: /COHERE_BASE_URL/,
  },
  {
    response: json(404, 'Not Found'),
    context: CHECK_KEY,
    code: 'COHERE_RESPONSE_INVALID',
    names: /no route that checks keys/,
  },
  {
    response: {
      status: 400,
      headers: {},
      body: '<html><title>400 The plain HTTP request was sent to HTTPS port</title>',
    },
    code: 'COHERE_RESPONSE_INVALID',
    names: /https:\/\//,
  },
  {
    response: text(400, 'Client sent an HTTP request to an HTTPS server.'),
    code: 'COHERE_RESPONSE_INVALID',
    names: /https:\/\//,
  },
  {
    response: {
      status: 302,
      headers: { location: 'https://login.example.com/a?token=secret' },
      body: '',
    },
    code: 'COHERE_RESPONSE_INVALID',
    names: /redirects/,
  },
  { response: { ...html(307), headers: { Location: '/login' } }, code: 'COHERE_RESPONSE_INVALID' },
  { response: text(304, ''), code: 'COHERE_RESPONSE_INVALID' },
  ...[200, 204, 299].map((status): Row => ({
    response: text(status, ''),
    code: 'COHERE_RESPONSE_INVALID',
    names: /^The response is not a valid Cohere response/,
  })),
];

export const MODEL_ROWS: readonly Row[] = [
  {
    response: json(
      404,
      "model 'xyz' not found, make sure the correct model ID was used and that you have access to the model.",
    ),
    code: 'COHERE_MODEL_NOT_FOUND',
    names: /COHERE_RERANK_MODEL/,
    httpStatus: 404,
  },
  {
    response: json(
      404,
      "model 'command-r-plus' was removed on September 15, 2025. See https://docs.cohere.com/docs/models#command for more.",
    ),
    code: 'COHERE_MODEL_NOT_FOUND',
    names: /removed/,
  },
  ...['finetuned model xyz not found', 'Fine-tuned model xyz was not found'].map(
    (message): Row => ({
      response: json(404, message),
      code: 'COHERE_MODEL_NOT_FOUND',
      names: /fine-tuned/,
    }),
  ),
  ...['was shut down', 'has been retired', 'was deprecated'].map((words): Row => ({
    response: json(410, `The model x ${words}.`),
    code: 'COHERE_MODEL_NOT_FOUND',
    names: /removed/,
  })),
  ...['unknown model', 'model x: no access', 'The model x is unknown'].map((message): Row => ({
    response: json(422, message),
    code: 'COHERE_MODEL_NOT_FOUND',
    names: /^Cohere does not know the model/,
  })),
  ...[
    "model 'xyz' was removed on September 15, 2025.",
    "model 'xyz' is not supported by the rerank API",
    'finetuned model xyz not found',
    'fine-tuned model xyz not found',
  ].map((message): Row => ({
    response: json(404, message),
    context: { ...CHECK_MODEL, baseUrl: GATEWAY.baseUrl },
    code: 'COHERE_MODEL_NOT_FOUND',
  })),
  ...[
    'The fine-tuned model xyz not found',
    'fine-tuned model xyz not found on this route',
    'The model was removed.',
  ].map((message): Row => ({
    response: json(404, message),
    context: { ...CHECK_MODEL, baseUrl: GATEWAY.baseUrl },
    code: 'COHERE_RESPONSE_INVALID',
  })),
  {
    response: json(404, 'Not Found'),
    context: toPath(CHECK_MODEL, '/v1/models/x/versions'),
    code: 'COHERE_RESPONSE_INVALID',
  },
  { response: json(410, 'Gone'), context: CHECK_MODEL, code: 'COHERE_MODEL_NOT_FOUND' },
  { response: text(404, 'nothing'), context: CHECK_MODEL, code: 'COHERE_RESPONSE_INVALID' },
  { response: json(404, 'Not Found'), context: CHECK_MODEL, code: 'COHERE_MODEL_NOT_FOUND' },
  {
    response: json(404, 'Not Found'),
    context: { ...CHECK_MODEL, baseUrl: GATEWAY.baseUrl },
    code: 'COHERE_RESPONSE_INVALID',
  },
  {
    response: json(404, 'The model `rerank-v5.0-fast` does not exist.'),
    context: { ...CHECK_MODEL, baseUrl: GATEWAY.baseUrl },
    code: 'COHERE_RESPONSE_INVALID',
    names: /no route that describes models.*COHERE_STARTUP_CHECK to rerank/s,
  },
  {
    response: json(404, 'The model `rerank-v5.0-fast` does not exist.'),
    context: GATEWAY,
    code: 'COHERE_MODEL_NOT_FOUND',
  },
  {
    response: json(
      404,
      "model 'xyz' not found, make sure the correct model ID was used and that you have access to the model.",
    ),
    context: { ...CHECK_MODEL, baseUrl: GATEWAY.baseUrl },
    code: 'COHERE_MODEL_NOT_FOUND',
  },
  {
    response: json(
      400,
      "invalid request: model 'command-a-03-2025' is not supported by the rerank API",
    ),
    code: 'COHERE_MODEL_NOT_FOUND',
    names: /does not serve rerank/,
  },
];
