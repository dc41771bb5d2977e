import { toOneLine } from './redact/clean-text.js';
import { holdsSecret } from './redact/known-secret.js';
import { showable } from './redact/redact.js';
import type { ReceivedResponse } from './request-context.js';

/** No message of Cohere's is longer; what follows is not worth searching. */
const MAX_MESSAGE = 2_048;
/** Where the title of a page is, if it has one. */
const MAX_HEAD = 16_384;

/** What a response says, once its envelope is off. */
export interface Reply {
  readonly status: number;
  readonly format: 'html' | 'json' | 'text' | 'empty';
  /** For matching only: it may hold a credential. */
  readonly said: string;
  /** Fit to be shown. */
  readonly message?: string | undefined;
  readonly requestId?: string | undefined;
  /** Where a redirect points to: scheme and host only. */
  readonly location?: string | undefined;
}

/** Reads a response of Cohere, or of whatever answered in its place. Never throws. */
export function readReply(response: ReceivedResponse, secrets: readonly string[] = []): Reply {
  // A byte order mark is white space too.
  const body = response.body.trim();
  const json = parseObject(body);
  const isHtml = body.startsWith('<') || /\bx?html\b/i.test(header(response, 'content-type') ?? '');
  const said = toOneLine(readMessage(body, json, isHtml).slice(0, MAX_MESSAGE));
  const message = showable(said, secrets);
  const requestId = readRequestId(response, json, secrets);
  const location = originOf(header(response, 'location'), secrets);
  return {
    status: response.status,
    format: body === '' ? 'empty' : isHtml ? 'html' : json === undefined ? 'text' : 'json',
    said,
    message: message === '' || message === String(response.status) ? undefined : message,
    requestId,
    location,
  };
}

function readMessage(body: string, json: JsonObject | undefined, isHtml: boolean): string {
  if (isHtml) {
    return readTitle(body.slice(0, MAX_HEAD));
  }
  if (json === undefined) {
    // A truncated JSON body is not a sentence; the status says more.
    return /^[[{"]/.test(body) ? '' : body;
  }
  // Cohere's is `message`; the others are Azure's, FastAPI's and those of common gateways.
  const error = json['error'];
  const candidates = [
    json['message'],
    isObject(error) ? error['message'] : error,
    json['detail'],
    json['Message'],
  ];
  return candidates.find((candidate) => typeof candidate === 'string') ?? '';
}

/** By index, not by pattern: a page of opening tags alone must not cost more than another. */
function readTitle(head: string): string {
  const tag = head.search(/<title[\s>]/i);
  const start = tag === -1 ? -1 : head.indexOf('>', tag);
  if (start === -1) {
    return '';
  }
  const end = head.indexOf('<', start);
  return head.slice(start + 1, end === -1 ? undefined : end);
}

// Trace ids and UUIDs only: an echoed key must not pass as an id, and no Cohere key is 16 or 32 hex digits.
const TRACE_ID =
  /^(?:[a-z]{2,12}-)?(?:[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i;

function readRequestId(
  response: ReceivedResponse,
  json: JsonObject | undefined,
  secrets: readonly string[],
): string | undefined {
  return [header(response, 'x-debug-trace-id'), json?.['id']].find((id): id is string =>
    isRequestId(id, secrets),
  );
}

/** Whether something is an id that may be shown, and not a key that was echoed in its place. */
export function isRequestId(id: unknown, secrets: readonly string[] = []): id is string {
  return typeof id === 'string' && TRACE_ID.test(id) && !holdsSecret(id, secrets);
}

function header(response: ReceivedResponse, name: string): string | undefined {
  for (const [key, value] of Object.entries(response.headers)) {
    if (key.toLowerCase() === name && value !== undefined) {
      return typeof value === 'string' ? value : value[0];
    }
  }
  return undefined;
}

/** Scheme and host alone: path and query of a redirect can hold session tokens. */
function originOf(location: string | undefined, secrets: readonly string[]): string | undefined {
  if (location === undefined || !URL.canParse(location)) {
    return undefined;
  }
  const { host, protocol } = new URL(location);
  return host === '' ? undefined : showable(`${protocol}//${host}`, secrets);
}

type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
