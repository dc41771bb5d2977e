import { GATEWAY, html, json, RERANK, text } from '../fixtures.js';
import type { Row } from './row.interface.js';
import type { RequestContext } from '../../../../lib/diagnosis/request-context.js';

const NO_KEY: RequestContext = {
  baseUrl: 'http://rerank.internal:8080',
  operation: RERANK.operation,
};

export const KEY_ROWS: readonly Row[] = [
  { response: json(401, 'no api key supplied'), code: 'COHERE_API_KEY_REJECTED', names: /proxy/ },
  {
    response: json(401, 'no api key supplied'),
    context: NO_KEY,
    code: 'COHERE_API_KEY_MISSING',
    names: /Set COHERE_API_KEY/,
  },
  { response: json(401, 'invalid api token'), code: 'COHERE_API_KEY_REJECTED', names: /Compare/ },
  {
    response: json(
      401,
      'Your API key has expired. Please create a production key at dashboard.cohere.com or reach out to your contact at Cohere to continue usage.',
    ),
    code: 'COHERE_API_KEY_EXPIRED',
    names: /production key/,
  },
  {
    response: json(401, 'this api key was revoked'),
    code: 'COHERE_API_KEY_REJECTED',
    names: /new/,
  },
  {
    response: json(401, 'Invalid or expired token'),
    code: 'COHERE_API_KEY_REJECTED',
    names: /Compare/,
  },
  {
    response: json(401, 'token is invalid or has expired'),
    context: GATEWAY,
    code: 'COHERE_API_KEY_REJECTED',
    names: /gateway\.example:8443 accepts/,
  },
  {
    response: json(403, 'This API key is not allowed here'),
    context: GATEWAY,
    code: 'COHERE_API_KEY_FORBIDDEN',
  },
  ...[
    'token is invalid or has already expired',
    'expired or unknown key',
    'token is invalid/expired',
    'token is invalid / expired',
    'the key is invalid or was revoked',
    'invalid, revoked or unknown key',
  ].map((message): Row => ({
    response: json(401, message),
    code: 'COHERE_API_KEY_REJECTED',
    names: /^Cohere rejected the API key/,
  })),
  {
    response: text(401, 'Expired API token'),
    code: 'COHERE_API_KEY_EXPIRED',
    names: /production key/,
  },
  { response: json(403, 'The API key has expired.'), code: 'COHERE_API_KEY_EXPIRED' },
  ...['missing api key', 'Missing authorization header'].map((message): Row => ({
    response: json(401, message),
    code: 'COHERE_API_KEY_REJECTED',
    names: /was sent, but did not reach Cohere/,
  })),
  ...['deactivated', 'disabled', 'deleted'].map((word): Row => ({
    response: json(401, `This key has been ${word}.`),
    code: 'COHERE_API_KEY_REJECTED',
    names: /has been revoked/,
  })),
  {
    response: json(401, 'invalid api token'),
    context: { ...GATEWAY, key: undefined, keyIsUnknown: true },
    code: 'COHERE_API_KEY_REJECTED',
  },
  ...[
    'apikey refused',
    'bad api_key',
    'the api token may not do this',
    'you need the permission to rerank',
    'lacking permissions',
    'not permitted',
    'ask the owner',
    'unknown organization',
    'unknown organisation',
    'user x may not call this',
  ].map((message): Row => ({
    response: json(403, message),
    context: GATEWAY,
    code: 'COHERE_API_KEY_FORBIDDEN',
  })),
  { response: text(401, ''), code: 'COHERE_API_KEY_REJECTED' },
  { response: { ...json(401, ''), body: '{"message": "inva' }, code: 'COHERE_API_KEY_REJECTED' },
  {
    response: json(403, 'user does not have the necessary permissions'),
    code: 'COHERE_API_KEY_FORBIDDEN',
    names: /access to rerank/,
  },
];

export const BLOCKED_ROWS: readonly Row[] = [
  { response: html(403, '403 Forbidden'), code: 'COHERE_BLOCKED', names: /region|network/ },
  { response: { ...html(403), headers: {} }, code: 'COHERE_BLOCKED' },
  {
    response: { status: 403, headers: { 'Content-Type': ['text/html'] }, body: '403' },
    code: 'COHERE_BLOCKED',
  },
  {
    response: { status: 403, headers: {}, body: '\uFEFF  <?xml version="1.0"?><Error/>' },
    code: 'COHERE_BLOCKED',
  },
  ...['Forbidden', 'Access denied', 'Missing Authentication Token'].map((message): Row => ({
    response: json(403, message),
    context: GATEWAY,
    code: 'COHERE_BLOCKED',
    names: /does not say that the key is the cause/,
  })),
  {
    response: html(200, 'Example Domain'),
    context: GATEWAY,
    code: 'COHERE_BLOCKED',
    names: /gateway\.example:8443 answers with a web page/,
  },
  { response: text(403, 'RBAC: access denied'), code: 'COHERE_BLOCKED' },
  { response: text(403, ''), code: 'COHERE_BLOCKED' },
  { response: { status: 403, headers: {}, body: '{"message": "cut of' }, code: 'COHERE_BLOCKED' },
  { response: html(402, 'Please pay'), code: 'COHERE_BLOCKED' },
  { response: html(422), code: 'COHERE_BLOCKED' },
  { response: html(299), code: 'COHERE_BLOCKED' },
  { response: html(401, 'Sign in'), code: 'COHERE_BLOCKED' },
  { response: html(200, 'Welcome to Hotel Wi-Fi'), code: 'COHERE_BLOCKED' },
  { response: html(418), code: 'COHERE_BLOCKED' },
  {
    response: html(407, 'Proxy Authentication Required'),
    code: 'COHERE_BLOCKED',
    names: /HTTPS_PROXY/,
  },
  { response: text(407, ''), code: 'COHERE_BLOCKED', names: /HTTPS_PROXY/ },
  { response: html(511), code: 'COHERE_BLOCKED', names: /Log this machine in/, retryable: false },
  { response: text(451, ''), code: 'COHERE_BLOCKED' },
];
