import { GATEWAY, html, json, text } from '../fixtures.js';
import type { Row } from './row.interface.js';

const TRIAL_MINUTE =
  "You are using a Trial key, which is limited to 40 API calls / minute. You can continue to use the Trial key for free or upgrade to a Production key with higher rate limits at 'https://dashboard.cohere.com/api-keys'. Contact us on 'https://discord.gg/XW44jPfYJu' or email us at support@cohere.com with any questions";
export const QUOTA_ROWS: readonly Row[] = [
  {
    response: json(
      402,
      'Please add or update your payment method at https://dashboard.cohere.com/billing?tab=payment to continue',
    ),
    code: 'COHERE_BILLING_REQUIRED',
    names: /payment method/,
    httpStatus: 402,
  },
  {
    response: json(
      402,
      'Maximum billing reached for this API key as set in your dashboard, please go to https://dashboard.cohere.com/billing?tab=payment',
    ),
    code: 'COHERE_BILLING_REQUIRED',
    names: /billing limit/,
  },
  {
    response: json(402, 'You are past your billing limit.'),
    code: 'COHERE_BILLING_REQUIRED',
    names: /billing limit of the API key/,
  },
  { response: json(402, ''), code: 'COHERE_BILLING_REQUIRED' },
  { response: json(429, 'monthly limit reached'), code: 'COHERE_QUOTA_EXHAUSTED' },
  {
    response: json(
      429,
      'You are past the per minute request limit, please wait and try again later.',
    ),
    code: 'COHERE_RATE_LIMITED',
    retryable: true,
    httpStatus: 429,
  },
  {
    response: json(429, TRIAL_MINUTE),
    code: 'COHERE_RATE_LIMITED',
    names: /trial key/,
    retryable: true,
  },
  {
    response: json(429, 'Please wait and try again later'),
    code: 'COHERE_RATE_LIMITED',
    retryable: true,
  },
  {
    response: json(429, 'trial token rate limit exceeded, limit is 100000 tokens per minute'),
    code: 'COHERE_RATE_LIMITED',
    names: /trial key/,
    retryable: true,
  },
  { response: html(429), code: 'COHERE_RATE_LIMITED', retryable: true },
  {
    response: json(
      429,
      'You are using a Trial key, which is limited to 1000 API calls / month. You can continue …',
    ),
    code: 'COHERE_QUOTA_EXHAUSTED',
    names: /production key/,
    retryable: false,
    httpStatus: 429,
  },
];

export const AVAILABILITY_ROWS: readonly Row[] = [
  {
    response: json(
      500,
      'internal server error, this has been reported to our developers. id 07734bd2-2473-4f07-94e1-0d9f0e6843cf',
    ),
    code: 'COHERE_UPSTREAM_ERROR',
    retryable: true,
    httpStatus: 502,
  },
  ...[500, 502, 503, 504].map((status): Row => ({
    response: json(status, ''),
    context: GATEWAY,
    code: 'COHERE_UPSTREAM_ERROR',
    names: /look at the logs of gateway\.example:8443/,
  })),
  ...[500, 599].map((status): Row => ({
    response: json(status, ''),
    code: 'COHERE_UPSTREAM_ERROR',
    names: /^Cohere returned a server error/,
    retryable: true,
  })),
  ...[199, 600].map((status): Row => ({
    response: json(status, ''),
    code: 'COHERE_UPSTREAM_ERROR',
    names: /status that this library does not know/,
    retryable: false,
  })),
  {
    response: json(524, ''),
    code: 'COHERE_UPSTREAM_ERROR',
    names: /took too long behind its own gateway/,
    retryable: true,
  },
  { response: json(501, 'not implemented'), code: 'COHERE_UPSTREAM_ERROR', retryable: false },
  {
    response: html(502, 'Bad Gateway'),
    code: 'COHERE_UPSTREAM_ERROR',
    retryable: true,
    httpStatus: 502,
  },
  {
    response: text(503, 'upstream connect error or disconnect/reset before headers'),
    code: 'COHERE_UPSTREAM_ERROR',
    retryable: true,
    httpStatus: 503,
  },
  { response: json(504, ''), code: 'COHERE_UPSTREAM_ERROR', retryable: true, httpStatus: 502 },
  { response: html(520), code: 'COHERE_UPSTREAM_ERROR', retryable: true },
  {
    response: json(529, 'overloaded'),
    code: 'COHERE_UPSTREAM_ERROR',
    retryable: true,
    httpStatus: 503,
  },
  { response: json(408, 'request timeout'), code: 'COHERE_UPSTREAM_ERROR', retryable: true },
  {
    response: json(499, 'failed to get rerank inference: request cancelled'),
    code: 'COHERE_UPSTREAM_ERROR',
    retryable: false,
  },
  { response: json(418, 'teapot'), code: 'COHERE_UPSTREAM_ERROR', retryable: false },
  { response: json(0, ''), code: 'COHERE_UPSTREAM_ERROR', retryable: false },
  { response: json(999, ''), code: 'COHERE_UPSTREAM_ERROR', retryable: false },
];
