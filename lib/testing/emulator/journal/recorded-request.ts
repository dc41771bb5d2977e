import type { IncomingMessage } from 'node:http';
import type { Credential } from '../keys/authenticate.js';
import { type RequestBody, parseRequestBody } from '../wire/request-body.js';

const SECRET_HEADERS = new Set(['authorization', 'proxy-authorization', 'cookie']);

/**
 * One request as the emulator saw it. The key is there as a fingerprint only.
 *
 * @publicApi
 */
export interface RecordedRequest {
  readonly method: string;
  /** Without the query string. */
  readonly path: string;
  /** The query string, without `?`; empty where there is none. */
  readonly query: string;
  /** `sha256:1f3a9c02`, or `undefined` where no key came along. */
  readonly fingerprint: string | undefined;
  /** Without `authorization`, `proxy-authorization` and `cookie`; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The JSON body, or its text where it is no JSON; `undefined` where there is none. */
  readonly body: unknown;
  /** When it came, by the emulator's clock, in milliseconds. */
  readonly at: number;
  /** What it was answered; `undefined` while it waits, and where the connection broke first. */
  readonly status: number | undefined;
  /** From arrival to the end of the answer, in milliseconds; `undefined` while it waits. */
  readonly durationMs: number | undefined;
}

/**
 * How many requests came since the start, or since `clearRequests()`.
 *
 * @publicApi
 */
export interface RequestCounters {
  readonly requests: number;
  readonly byPath: Readonly<Record<string, number>>;
  /** By the status they were answered with; a request that got none is in no group. */
  readonly byStatus: Readonly<Record<number, number>>;
  /** Refused with 429 because their key was over its limit, trial limits included; faults are not counted. */
  readonly rateLimited: number;
}

/** A request in the making: its outcome is filled in later. */
export type OpenRecord = RecordedRequest & {
  status: number | undefined;
  durationMs: number | undefined;
};

/** Where a request went. */
export interface RequestTarget {
  readonly path: string;
  readonly query: string;
}

/** What the journal may know of a request: everything but the key, wherever that stands. */
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
