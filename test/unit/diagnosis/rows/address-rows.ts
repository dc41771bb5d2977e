import { CHECK_KEY, GATEWAY, html, json, MODEL, RERANK, text } from '../fixtures.js';
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
    names: /leads to a server that has no such path: gateway\.example:8443/,
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
    names: /check-api-key/,
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
  { response: text(204, ''), code: 'COHERE_RESPONSE_INVALID' },
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
  {
    response: json(404, 'finetuned model xyz not found'),
    code: 'COHERE_MODEL_NOT_FOUND',
    names: /fine-tuned/,
  },
  { response: json(404, 'Not Found'), context: MODEL, code: 'COHERE_MODEL_NOT_FOUND' },
  {
    response: json(404, 'Not Found'),
    context: { ...MODEL, baseUrl: GATEWAY.baseUrl },
    code: 'COHERE_RESPONSE_INVALID',
  },
  {
    response: json(404, 'The model `rerank-v5.0-fast` does not exist.'),
    context: { ...MODEL, baseUrl: GATEWAY.baseUrl },
    code: 'COHERE_RESPONSE_INVALID',
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
    context: { ...MODEL, baseUrl: GATEWAY.baseUrl },
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
