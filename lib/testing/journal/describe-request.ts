import type { IncomingMessage } from 'node:http';
import { fingerprint } from '../keys/fingerprint.js';
import { parseRequestBody, type RequestBody } from '../wire/request-body.js';
import type { OpenRecord } from './journal.js';

const SECRET_HEADERS = new Set(['authorization', 'proxy-authorization', 'cookie']);

/** Where a request went. */
export interface RequestTarget {
  readonly path: string;
  readonly query: string;
}

/** What the journal may know of a request: everything but the key, wherever that stands. */
export function describeRequest(
  { method = '', headers }: IncomingMessage,
  target: RequestTarget,
  body: RequestBody | undefined,
  key: string | undefined,
  at: number,
): OpenRecord {
  const redact = redactorFor(key);
  return {
    method,
    path: redact(target.path),
    query: redact(target.query),
    fingerprint: key === undefined ? undefined : fingerprint(key),
    headers: keepHeaders(headers, redact),
    body: keepBody(body, redact),
    at,
    status: undefined,
    durationMs: undefined,
  };
}

function redactorFor(key: string | undefined): (text: string) => string {
  return key === undefined
    ? (text) => text
    : (text) => (text.includes(key) ? text.replaceAll(key, fingerprint(key)) : text);
}

function keepHeaders(
  headers: IncomingMessage['headers'],
  redact: (text: string) => string,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !SECRET_HEADERS.has(name)) {
      kept[name] = redact(String(value));
    }
  }
  return kept;
}

function keepBody(body: RequestBody | undefined, redact: (text: string) => string): unknown {
  if (body === undefined || body.text === '') {
    return undefined;
  }
  const text = redact(body.text);
  const { value, syntaxError } = text === body.text ? body : parseRequestBody(text);
  return syntaxError === undefined ? value : text;
}
