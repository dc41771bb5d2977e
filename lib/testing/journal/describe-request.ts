import type { IncomingMessage } from 'node:http';
import { parseRequestBody, type RequestBody } from '../wire/request-body.js';
import type { OpenRecord } from './journal.js';

const SECRET_HEADERS = new Set(['authorization', 'proxy-authorization', 'cookie']);

/** Where a request went. */
export interface RequestTarget {
  readonly path: string;
  readonly query: string;
}

/** The key of a request, and the name it goes by. */
export interface PresentedKey {
  readonly value: string;
  readonly fingerprint: string;
}

/** What the journal may know of a request: everything but the key, wherever that stands. */
export function describeRequest(
  { method = '', headers }: IncomingMessage,
  target: RequestTarget,
  body: RequestBody | undefined,
  key: PresentedKey | undefined,
  at: number,
): OpenRecord {
  const redact = redactorFor(key);
  return {
    method,
    path: redact(target.path),
    query: redact(target.query),
    fingerprint: key?.fingerprint,
    headers: keepHeaders(headers, redact),
    body: keepBody(body, redact),
    at,
    status: undefined,
    durationMs: undefined,
  };
}

function redactorFor(key: PresentedKey | undefined): (text: string) => string {
  return key === undefined
    ? (text) => text
    : (text) => (text.includes(key.value) ? text.replaceAll(key.value, key.fingerprint) : text);
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
