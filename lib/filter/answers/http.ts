import type { ArgumentsHost } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { CATALOGUE } from '../../diagnosis/catalogue.js';
import { readProperty, readString } from '../../diagnosis/read-safely.js';
import type { ErrorAnswer } from '../error-response.js';

const JSON_TYPE = 'application/json';
const PROBLEM_TYPE = 'application/problem+json';

/** Answers an HTTP request on any Nest adapter; a response that has begun is only ended. */
export function answerHttp(
  adapter: AbstractHttpAdapter,
  host: ArgumentsHost,
  answer: ErrorAnswer,
): void {
  const response: unknown = host.switchToHttp().getResponse();
  if (adapter.isHeadersSent(response) || rawHeadersSent(response)) {
    adapter.end(response);
    return;
  }
  for (const name of HEADERS_OF_ANOTHER_BODY) {
    removeHeader(response, name);
  }
  const isProblem = prefersProblem(acceptOf(host.switchToHttp().getRequest()));
  setHeader(adapter, response, 'Vary', withAccept(readHeader(response, 'vary')));
  setHeader(
    adapter,
    response,
    'Content-Type',
    `${isProblem ? PROBLEM_TYPE : JSON_TYPE}; charset=utf-8`,
  );
  for (const [name, value] of Object.entries(httpHeaders(answer))) {
    setHeader(adapter, response, name, value);
  }
  const body = JSON.stringify(
    isProblem ? toProblem(answer) : answer,
    undefined,
    spacesOf(response),
  );
  if (isNodeResponse(response)) {
    // Express would add an ETag of its own.
    response.statusCode = answer.statusCode;
    response.end(body);
  } else {
    adapter.reply(response, body, answer.statusCode);
  }
}

/** Headers that a handler, an interceptor or `@Header()` may have set for its own body. */
const HEADERS_OF_ANOTHER_BODY = [
  'ETag',
  'Last-Modified',
  'Expires',
  'Age',
  'Surrogate-Control',
  'CDN-Cache-Control',
  'Content-Length',
  'Content-Encoding',
  'Content-Disposition',
  'Content-Range',
];

/** Returns the headers that HTTP requires in addition to the body. */
export function httpHeaders({
  statusCode,
  retryAfterMs,
}: ErrorAnswer): Readonly<Record<string, string>> {
  const headers: Record<string, string> = { 'Cache-Control': 'no-store' };
  if (statusCode === 401) {
    // RFC 9110, 11.6.1: a 401 must carry a challenge. It has no `error`, since the key is not the caller's.
    headers['WWW-Authenticate'] = 'Bearer realm="cohere"';
  }
  if (retryAfterMs !== undefined && (statusCode === 429 || statusCode === 503)) {
    headers['Retry-After'] = String(Math.ceil(retryAfterMs / 1000));
  }
  return headers;
}

/** Returns an RFC 9457 body. The title belongs to the type, so the facts of this occurrence are the detail. */
function toProblem({
  statusCode,
  error,
  message,
  code,
  docs,
  fix,
  retryAfterMs,
}: ErrorAnswer): object {
  const isDocumented = code !== undefined && docs !== undefined;
  return {
    type: isDocumented ? docs : 'about:blank',
    title: isDocumented ? CATALOGUE[code].title : error,
    status: statusCode,
    detail: message,
    code,
    fix,
    retryAfterMs,
  };
}

/** Returns true if the client accepts the problem type, and does not prefer plain JSON. */
function prefersProblem(accept: string): boolean {
  const problem = qualityOf(accept, PROBLEM_TYPE);
  return problem > 0 && problem >= qualityOf(accept, JSON_TYPE);
}

function qualityOf(accept: string, type: string): number {
  for (const range of accept.split(',')) {
    const [name, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    if (name === type) {
      const quality = parameters.find((parameter) => parameter.startsWith('q='));
      return quality === undefined ? 1 : Number(quality.slice(2)) || 0;
    }
  }
  return 0;
}

function acceptOf(request: unknown): string {
  return readString(readProperty(request, 'headers'), 'accept') ?? '';
}

function withAccept(vary: string | undefined): string {
  if (vary === undefined || vary === '') {
    return 'Accept';
  }
  return /(?:^|[,\s])(?:accept|\*)(?:[,\s]|$)/i.test(vary) ? vary : `${vary}, Accept`;
}

/** Copies headers of Node's response to Fastify's reply, which does not see them; Nest 11 does not look there. */
function rawHeadersSent(response: unknown): boolean {
  return readProperty(readProperty(response, 'raw'), 'headersSent') === true;
}

function readHeader(response: unknown, name: string): string | undefined {
  const getHeader = readProperty(response, 'getHeader');
  const value: unknown =
    typeof getHeader === 'function' ? getHeader.call(response, name) : undefined;
  return Array.isArray(value) ? value.join(', ') : typeof value === 'string' ? value : undefined;
}

/** Serializes JSON, indented if the Express app is set up so. */
function spacesOf(response: unknown): string | number | undefined {
  const app = readProperty(response, 'app');
  const get = readProperty(app, 'get');
  const spaces: unknown = typeof get === 'function' ? get.call(app, 'json spaces') : undefined;
  return typeof spaces === 'number' || typeof spaces === 'string' ? spaces : undefined;
}

function isNodeResponse(
  response: unknown,
): response is { statusCode: number; end(body: string): unknown } {
  return (
    typeof readProperty(response, 'setHeader') === 'function' &&
    typeof readProperty(response, 'end') === 'function'
  );
}

function removeHeader(response: unknown, name: string): void {
  const remove = readProperty(response, 'removeHeader');
  if (typeof remove === 'function') {
    remove.call(response, name);
  }
}

/** Answers from middleware on Fastify, which gets Node's response: Nest 11's adapter cannot set its headers. */
function setHeader(
  adapter: AbstractHttpAdapter,
  response: unknown,
  name: string,
  value: string,
): void {
  const setter = readProperty(response, 'setHeader');
  if (typeof setter === 'function') {
    setter.call(response, name, value);
  } else {
    adapter.setHeader(response, name, value);
  }
}
