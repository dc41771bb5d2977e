import type { IncomingMessage } from 'node:http';
import type { Credential } from '../keys/authenticate.js';
import { type RequestBody, parseRequestBody } from '../wire/request-body.js';

const SECRET_HEADERS = new Set(['authorization', 'proxy-authorization', 'cookie']);

/**
 * One request as the emulator received it. It has the fingerprint of the key, never the key.
 *
 * @publicApi
 */
export interface RecordedRequest {
  /** The HTTP method, such as `POST`. */
  readonly method: string;
  /** Without the query string. */
  readonly path: string;
  /** The query string without `?`; empty when there is none. */
  readonly query: string;
  /** `sha256:1f3a9c02`, or `undefined` when the request had no key. */
  readonly fingerprint: string | undefined;
  /** Without `authorization`, `proxy-authorization` and `cookie`; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON body, or its text when it is not JSON; `undefined` when there is none. */
  readonly body: unknown;
  /** When it arrived, by the emulator's clock, in milliseconds. */
  readonly at: number;
  /** The status of the response; `undefined` while it waits, and when the connection broke first. */
  readonly status: number | undefined;
  /** From arrival to the end of the response, in milliseconds; `undefined` while it waits. */
  readonly durationMs: number | undefined;
}

/**
 * How many requests have arrived since the start, or since `clearRequests()`.
 *
 * @publicApi
 */
export interface RequestCounters {
  /** All requests. */
  readonly requests: number;
  /** By path, such as `/v2/rerank`. */
  readonly byPath: Readonly<Record<string, number>>;
  /** By the status of the response; requests without a response are not counted here. */
  readonly byStatus: Readonly<Record<number, number>>;
  /** Refused with 429 because the key was over its limit, trial limits included; faults do not count. */
  readonly rateLimited: number;
}

/** A request whose response is recorded later. */
export type OpenRecord = RecordedRequest & {
  status: number | undefined;
  durationMs: number | undefined;
};

/** Where a request went. */
export interface RequestTarget {
  readonly path: string;
  readonly query: string;
}

/** Everything about a request but the key, wherever that appears. */
export function recordRequest(
  { method = '', headers }: IncomingMessage,
  target: RequestTarget,
  body: RequestBody | undefined,
  credential: Credential,
  at: number,
): OpenRecord {
  const redact = redactorFor(credential);
  return {
    method,
    path: redact(target.path),
    query: redact(target.query),
    fingerprint: credential.fingerprint,
    headers: keepHeaders(headers, redact),
    body: keepBody(body, redact),
    at,
    status: undefined,
    durationMs: undefined,
  };
}

function redactorFor({ key, fingerprint }: Credential): (text: string) => string {
  return key === undefined || fingerprint === undefined
    ? (text) => text
    : (text) => (text.includes(key) ? text.replaceAll(key, fingerprint) : text);
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
