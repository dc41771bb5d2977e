import { toOneLine } from './redact/clean-text.js';
import { holdsSecret } from './redact/known-secret.js';
import { showable } from './redact/redact.js';
import { readProperty, readString } from './read-safely.js';
import type { ReceivedResponse } from './request-context.js';

/** The length of a body that is searched for its message; no message of Cohere's is longer. */
const MAX_MESSAGE = 2_048;
/** The part of a page that is searched for its title. */
const MAX_HEAD = 16_384;

/** The content of a response. */
export interface Reply {
  readonly status: number;
  readonly format: 'html' | 'json' | 'text' | 'empty';
  /** The message for matching only: it may contain a credential. */
  readonly rawMessage: string;
  /** The codes beside the message as words, for matching: `deployment not found` of `DeploymentNotFound`. */
  readonly codes: string;
  /** The message for output. */
  readonly message?: string | undefined;
  readonly requestId?: string | undefined;
  /** The target of a redirect: scheme and host only. */
  readonly location?: string | undefined;
}

/** Reads a response of Cohere, or of a server in its place. Never throws. */
export function readReply(response: ReceivedResponse, secrets: readonly string[] = []): Reply {
  // A byte order mark is white space too.
  const body = response.body.trim();
  const json = parseJson(body);
  const isHtml = isPage(body, header(response, 'content-type') ?? '');
  const said = readMessage(body, json, isHtml) || challengeOf(response);
  const rawMessage = toOneLine(said.slice(0, MAX_MESSAGE));
  const codes = [...codesIn(json), header(response, 'x-amzn-errortype') ?? '']
    .map(toWords)
    .filter((code) => code !== '');
  const shown = rawMessage === '' && !isHtml ? codes.join(', ') : rawMessage;
  const message = showable(shown, secrets);
  return {
    status: response.status,
    format: body === '' ? 'empty' : isHtml ? 'html' : json === undefined ? 'text' : 'json',
    rawMessage,
    codes: codes.join('\n'),
    message: message === '' || message === String(response.status) ? undefined : message,
    requestId: readRequestId(response, json, secrets),
    location: originOf(header(response, 'location'), secrets),
  };
}

function readMessage(body: string, json: unknown, isHtml: boolean): string {
  if (isHtml) {
    return readTitle(body.slice(0, MAX_HEAD));
  }
  if (json !== undefined) {
    return messageIn(json);
  }
  if (body.startsWith('<')) {
    return body.slice(0, MAX_HEAD).replace(/<[^<>]*>/g, ' ');
  }
  // A truncated JSON body is no message; the status is more useful.
  return /^[[{"]/.test(body) ? textOfJson(body) : body;
}

/** Recognizes a web page. XML without `<html>` is what an API answers, such as AWS or Apigee. */
function isPage(body: string, type: string): boolean {
  const isXml = /^<\?xml\b/i.test(body) || /\bxml\b/i.test(type);
  return isXml && !/\bxhtml\b/i.test(type)
    ? /<html[\s>]/i.test(body.slice(0, MAX_HEAD))
    : body.startsWith('<') || /\bx?html\b/i.test(type);
}

/** `said` of `"said"`, which SiliconFlow sends. */
function textOfJson(body: string): string {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'string' ? value : '';
  } catch {
    return '';
  }
}

/** The reason in the header of a 401, which Spring sends without a body (RFC 6750). */
function challengeOf(response: ReceivedResponse): string {
  const challenge = header(response, 'www-authenticate') ?? '';
  return /\berror_description="([^"]*)"/i.exec(challenge)?.[1] ?? '';
}

/** The fields of a message: Cohere's first, then those of FastAPI, OpenAI, Azure, AWS and common gateways. */
const MESSAGE_FIELDS = [
  'message',
  'error_description',
  'error',
  'detail',
  'errors',
  'Message',
  'msg',
  'error_msg',
  'error_message',
  'errorMessage',
  'description',
  'fault',
  'faultstring',
  'reason',
  'title',
];
/** The maximum depth of a message; no server nests it deeper. */
const MAX_DEPTH = 5;
const MOST_PARTS = 5;

/** Returns the first message in an answer: a text, an object that has one, or a list such as FastAPI's `{ loc, msg }`. */
function messageIn(value: unknown, depth = MAX_DEPTH): string {
  if (typeof value === 'string') {
    return value.trim();
  }
  if (depth === 0 || typeof value !== 'object' || value === null) {
    return '';
  }
  if (Array.isArray(value)) {
    return value
      .slice(0, MOST_PARTS)
      .map((part: unknown) => messageIn(part, depth - 1))
      .filter((part) => part !== '')
      .join('; ');
  }
  for (const field of MESSAGE_FIELDS) {
    const message = messageIn(readProperty(value, field), depth - 1);
    if (message !== '') {
      const path = field === 'msg' ? pathIn(readProperty(value, 'loc')) : '';
      return `${path}${message}`;
    }
  }
  // `{ "errors": { "documents": ["is required"] } }`
  return depth === MAX_DEPTH
    ? ''
    : Object.entries(value)
        .filter(([name, part]) => Array.isArray(part) && /^[\w.[\]-]{1,40}$/.test(name))
        .map(([name, part]) => `${name}: ${messageIn(part, depth - 1)}`)
        .join('; ');
}

/** `body.documents: ` of `["body", "documents"]` */
function pathIn(location: unknown): string {
  const parts = Array.isArray(location)
    ? location.filter((part) => typeof part === 'string' || typeof part === 'number')
    : [];
  return parts.length === 0 ? '' : `${parts.join('.')}: `;
}

const CODE_FIELDS = ['code', 'type', '__type', 'error_type', 'error_code', 'errorCode', 'status'];

function codesIn(json: unknown): readonly string[] {
  return [json, readProperty(json, 'error')].flatMap((value) =>
    CODE_FIELDS.map((field) => readString(value, field)).filter(
      (code): code is string => code !== undefined && /^[\w.#:/-]{3,80}$/.test(code),
    ),
  );
}

/** `deployment not found` of `DeploymentNotFound`, `budget exceeded` of `budget_exceeded` */
function toWords(code: string): string {
  return code
    .replace(/([a-z])(?=[A-Z])/g, '$1 ')
    .replace(/[^A-Za-z0-9]+/g, ' ')
    .trim()
    .toLowerCase();
}

/** Reads the title of a page by index, because a pattern takes quadratic time on a page of opening tags. */
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
  json: unknown,
  secrets: readonly string[],
): string | undefined {
  return [header(response, 'x-debug-trace-id'), readProperty(json, 'id')].find((id): id is string =>
    isRequestId(id, secrets),
  );
}

/** Returns true for an id, false for text that may be an echoed key. */
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

/** Returns only scheme and host: path and query of a redirect can contain session tokens. */
function originOf(location: string | undefined, secrets: readonly string[]): string | undefined {
  if (location === undefined || !URL.canParse(location)) {
    return undefined;
  }
  const { host, protocol } = new URL(location);
  return host === '' ? undefined : showable(`${protocol}//${host}`, secrets);
}

/** Parses a JSON object or list; returns `undefined` for anything else. */
export function parseJson(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
