import type { IncomingHttpHeaders } from 'node:http';
import type { IncomingCall } from './endpoints.js';
import type { Credential } from './keys.js';
import { type RequestBody, parseRequestBody } from './wire.js';

const SECRET_HEADERS = new Set(['authorization', 'proxy-authorization', 'cookie']);

/**
 * One request as the emulator received it. It has the fingerprint of the key, never the key.
 *
 * @publicApi
 */
export interface RecordedRequest {
  /** The HTTP method, such as `POST`. */
  readonly method: string;
  /** The path, without the query string. */
  readonly path: string;
  /** The query string without `?`; empty when there is none. */
  readonly query: string;
  /** `sha256:1f3a9c02`, or `undefined` when the request had no key. */
  readonly fingerprint: string | undefined;
  /** The headers without `authorization`, `proxy-authorization` and `cookie`; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON body, or its text when it is not JSON; `undefined` when there is none. */
  readonly body: unknown;
  /** The time of arrival by the emulator's clock, in milliseconds. */
  readonly at: number;
  /** The status of the response; `undefined` before it, and if the connection broke first. */
  readonly status: number | undefined;
  /** The time from arrival to the end of the response, in milliseconds; `undefined` until then. */
  readonly durationMs: number | undefined;
}

/**
 * Counts of the requests since the start, or since `clearRequests()`.
 *
 * @publicApi
 */
export interface RequestCounters {
  /** All requests. */
  readonly requests: number;
  /** The number of requests by path, such as `/v2/rerank`. */
  readonly byPath: Readonly<Record<string, number>>;
  /** The number of responses by status. */
  readonly byStatus: Readonly<Record<number, number>>;
  /** The number of 429s for a key over its limit, trial limits included; faults do not count. */
  readonly rateLimited: number;
}

/** A request whose response is recorded later. */
export type OpenRecord = RecordedRequest & {
  status: number | undefined;
  durationMs: number | undefined;
};

/** Records a request without its key, wherever that appears. */
export function recordRequest(
  { method, path, query, body, credential }: IncomingCall,
  headers: IncomingHttpHeaders,
  at: number,
): OpenRecord {
  const redact = redactorFor(credential);
  return {
    method,
    path: redact(path),
    query: redact(query),
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
  headers: IncomingHttpHeaders,
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

const MAX_RECORDS = 10_000;
const MAX_CHARACTERS = 64 * 1024 * 1024;

interface Entry {
  readonly record: OpenRecord;
  /** The length of its body. */
  readonly characters: number;
}

/** Keeps the latest requests, counts all, and resolves waiters. */
export class Journal {
  #entries: Entry[] = [];
  #characters = 0;
  #requests = 0;
  #byPath = new Map<string, number>();
  #byStatus = new Map<number, number>();
  readonly #waiting = new Set<() => void>();

  get records(): readonly RecordedRequest[] {
    return this.#entries.map(({ record }) => record);
  }

  get counters(): Omit<RequestCounters, 'rateLimited'> {
    return {
      requests: this.#requests,
      byPath: Object.fromEntries(this.#byPath),
      byStatus: Object.fromEntries(this.#byStatus),
    };
  }

  open(record: OpenRecord, characters: number): void {
    this.#entries.push({ record, characters });
    this.#characters += characters;
    this.#requests += 1;
    increment(this.#byPath, record.path);
    this.#forgetOldest();
    for (const look of this.#waiting) {
      look();
    }
  }

  answered(record: OpenRecord, status: number): void {
    record.status = status;
    increment(this.#byStatus, status);
  }

  clear(): void {
    this.#entries = [];
    this.#characters = 0;
    this.#requests = 0;
    this.#byPath = new Map();
    this.#byStatus = new Map();
  }

  /** Resolves once `count` requests have arrived since the start, or since `clear()`. */
  waitFor(count: number, timeoutMs: number): Promise<void> {
    if (this.#requests >= count) {
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#waiting.delete(look);
        reject(new Error(`${this.#requests} of ${count} requests came within ${timeoutMs} ms.`));
      };
      const timer = setTimeout(giveUp, timeoutMs);
      const look = () => {
        if (this.#requests >= count) {
          clearTimeout(timer);
          this.#waiting.delete(look);
          resolve();
        }
      };
      this.#waiting.add(look);
    });
  }

  // A demo may run for weeks: old requests are evicted; the counters are not.
  #forgetOldest(): void {
    while (
      this.#entries.length > 1 &&
      (this.#entries.length > MAX_RECORDS || this.#characters > MAX_CHARACTERS)
    ) {
      this.#characters -= this.#entries.shift()?.characters ?? 0;
    }
  }
}

function increment<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
