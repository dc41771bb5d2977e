import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { RecordedRequest } from './journal.js';
import {
  emulatorError,
  type EmulatorResponse,
  emulatorResponse,
  isJsonObject,
  type JsonObject,
  STATUS_TEXTS,
} from './wire.js';

const PLACES = ['headers', 'body'] as const;

const WRONG_SHAPES: readonly WrongShapeFault['shape'][] = [
  'index-out-of-range',
  'duplicate-index',
  'missing-results',
  'missing-score',
  'empty-object',
];

const KINDS: Readonly<Record<EmulatorFault['kind'], true>> = {
  status: true,
  latency: true,
  hang: true,
  reset: true,
  truncate: true,
  html: true,
  'non-json': true,
  'wrong-shape': true,
};

const MIN_STATUS = 200;
const MAX_STATUS = 599;
/** The longest delay of a timer in Node; a longer one fires at once. */
const MAX_DELAY_MS = 2_147_483_647;

/**
 * A failure of one request. `at: 'headers'` means before anything is sent, `at: 'body'` after the status,
 * the headers and half of the body.
 *
 * @publicApi
 */
export type EmulatorFault =
  | StatusFault
  | LatencyFault
  | HangFault
  | ResetFault
  | TruncateFault
  | HtmlFault
  | NonJsonFault
  | WrongShapeFault;

/**
 * An error in the shape of Cohere's errors.
 *
 * @publicApi
 */
export interface StatusFault {
  readonly kind: 'status';
  /** The HTTP status. */
  readonly status: number;
  /** The message. Default: the text that Cohere documents for the status, if any. */
  readonly message?: string;
  /** Sent as `Retry-After`: seconds, or an HTTP date. */
  readonly retryAfter?: number | string;
  /** Additional response headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The normal response, delayed.
 *
 * @publicApi
 */
export interface LatencyFault {
  readonly kind: 'latency';
  /** The delay in milliseconds. */
  readonly ms: number;
}

/**
 * No response, or an incomplete one, until the caller gives up or the emulator stops.
 *
 * @publicApi
 */
export interface HangFault {
  readonly kind: 'hang';
  /** The point of the response at which it fails. Default `headers`. */
  readonly at?: 'headers' | 'body';
}

/**
 * A connection reset (TCP RST).
 *
 * @publicApi
 */
export interface ResetFault {
  readonly kind: 'reset';
  /** The point of the response at which it fails. Default `headers`. */
  readonly at?: 'headers' | 'body';
}

/**
 * A connection that closes after half of the announced body.
 *
 * @publicApi
 */
export interface TruncateFault {
  readonly kind: 'truncate';
}

/**
 * An HTML page instead of JSON, such as an edge server or a captive portal sends.
 *
 * @publicApi
 */
export interface HtmlFault {
  readonly kind: 'html';
  /** The HTTP status. Default 403. */
  readonly status?: number;
}

/**
 * A body that claims to be JSON and is not.
 *
 * @publicApi
 */
export interface NonJsonFault {
  readonly kind: 'non-json';
  /** The HTTP status. Default 200. */
  readonly status?: number;
  /** Default: the normal response without its end. */
  readonly body?: string;
}

/**
 * Valid JSON that is not a valid rerank response.
 *
 * @publicApi
 */
export interface WrongShapeFault {
  readonly kind: 'wrong-shape';
  /** The defect. */
  readonly shape:
    'index-out-of-range' | 'duplicate-index' | 'missing-results' | 'missing-score' | 'empty-object';
}

/**
 * Refuses a fault that no server could send, which would end the process of the test instead of the request.
 *
 * @throws RangeError
 */
export function requireFault(fault: EmulatorFault): void {
  switch (fault.kind) {
    case 'status':
      requireStatus(fault.status);
      requireHeaders({ ...fault.headers, 'retry-after': String(fault.retryAfter ?? 0) });
      return;
    case 'latency':
      requireDelay('ms', fault.ms);
      return;
    case 'hang':
    case 'reset':
      requireOneOf('at', PLACES, fault.at ?? 'headers');
      return;
    case 'html':
    case 'non-json':
      requireStatus(fault.status ?? MIN_STATUS);
      return;
    case 'wrong-shape':
      requireOneOf('shape', WRONG_SHAPES, fault.shape);
      return;
    case 'truncate':
      return;
    default:
      fault satisfies never;
      throw new RangeError(`The kind of a fault must be one of ${Object.keys(KINDS).join(', ')}.`);
  }
}

/** @throws RangeError for a value that is not a delay in milliseconds */
export function requireDelay(name: string, value: number): void {
  if (!(value >= 0 && value <= MAX_DELAY_MS)) {
    throw new RangeError(`${name} must be a number from 0 to ${MAX_DELAY_MS}; it is ${value}.`);
  }
}

function requireStatus(status: number): void {
  if (!Number.isInteger(status) || status < MIN_STATUS || status > MAX_STATUS) {
    throw new RangeError(
      `status must be a whole number from ${MIN_STATUS} to ${MAX_STATUS}; it is ${status}.`,
    );
  }
}

function requireOneOf(name: string, values: readonly string[], value: string): void {
  if (!values.includes(value)) {
    throw new RangeError(`${name} must be one of ${values.join(', ')}.`);
  }
}

function requireHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      throw new RangeError(`${name} is not a valid header.`);
    }
  }
}

/**
 * Selects the requests that a fault applies to.
 *
 * @publicApi
 */
export interface FaultOptions {
  /** The number of requests, from 1; `Infinity` until `clearFaults()`. Default 1. */
  readonly times?: number | undefined;
  /** Only requests of this path, such as `/v2/rerank`. */
  readonly path?: string | undefined;
  /** Only requests for which this is true. */
  readonly when?: ((request: RecordedRequest) => boolean) | undefined;
}

/** Failures that a test has scripted, in the order they were added. */
export class FailureQueue<T> {
  #queue: { readonly failure: T; left: number }[] = [];

  /** @throws RangeError unless `times` is a whole number from 1, or Infinity */
  add(failure: T, times = 1): void {
    if (times !== Number.POSITIVE_INFINITY && (!Number.isInteger(times) || times < 1)) {
      throw new RangeError(`times must be a whole number from 1, or Infinity; it is ${times}.`);
    }
    this.#queue.push({ failure, left: times });
  }

  clear(): void {
    this.#queue = [];
  }

  /** Takes the first failure that applies. */
  take(applies: (failure: T) => boolean): T | undefined {
    const next = this.#queue.find(({ failure }) => applies(failure));
    if (next !== undefined) {
      next.left -= 1;
      this.#queue = this.#queue.filter(({ left }) => left > 0);
    }
    return next?.failure;
  }
}

/** A fault and the requests that it applies to. */
export interface ScriptedFault extends FaultOptions {
  readonly fault: EmulatorFault;
}

export function appliesTo({ path, when }: FaultOptions, request: RecordedRequest): boolean {
  return (path === undefined || path === request.path) && (when?.(request) ?? true);
}

const FAR_OUT = 1_000_000;

/** A response that is sent whole, in part, or not at all. */
export type Delivery =
  | { readonly kind: 'whole'; readonly reply: EmulatorResponse; readonly delayMs?: number }
  | {
      readonly kind: 'part';
      readonly reply: EmulatorResponse;
      readonly ending: 'hang' | 'reset' | 'close';
    }
  | { readonly kind: 'none'; readonly ending: 'hang' | 'reset' };

/** Returns the delivery of a request with a fault. `answer` makes the normal response. */
export function applyFault(fault: EmulatorFault, answer: () => EmulatorResponse): Delivery {
  switch (fault.kind) {
    case 'status':
      return { kind: 'whole', reply: statusReply(fault) };
    case 'latency':
      return { kind: 'whole', reply: answer(), delayMs: fault.ms };
    case 'hang':
      return fault.at === 'body'
        ? { kind: 'part', reply: answer(), ending: 'hang' }
        : { kind: 'none', ending: 'hang' };
    case 'reset':
      return fault.at === 'body'
        ? { kind: 'part', reply: answer(), ending: 'reset' }
        : { kind: 'none', ending: 'reset' };
    case 'truncate':
      return { kind: 'part', reply: answer(), ending: 'close' };
    case 'html':
      return { kind: 'whole', reply: htmlReply(fault.status ?? 403) };
    case 'non-json':
      return { kind: 'whole', reply: nonJsonReply(fault.status ?? 200, fault.body, answer) };
    case 'wrong-shape':
      return { kind: 'whole', reply: misshape(answer(), fault.shape) };
    default:
      return fault satisfies never;
  }
}

function statusReply({ status, message, retryAfter, headers }: StatusFault): EmulatorResponse {
  return emulatorError(status, message ?? STATUS_TEXTS.get(status) ?? `status ${status}`, {
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    ...headers,
  });
}

function htmlReply(status: number): EmulatorResponse {
  const page = `<!doctype html><html><head><meta charset="utf-8"><title>${status}</title></head><body>${status} ${
    status === 403 ? 'Forbidden' : ''
  }</body></html>\n`;
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body: page };
}

function nonJsonReply(
  status: number,
  body: string | undefined,
  answer: () => EmulatorResponse,
): EmulatorResponse {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: body ?? answer().body.slice(0, -1),
  };
}

/** Breaks a rerank response in one way; a response without results stays the same. */
function misshape(reply: EmulatorResponse, shape: WrongShapeFault['shape']): EmulatorResponse {
  const body: unknown = JSON.parse(reply.body);
  if (shape === 'empty-object') {
    return emulatorResponse(reply.status, {}, reply.headers);
  }
  if (!isJsonObject(body) || !Array.isArray(body['results'])) {
    return reply;
  }
  const { results, ...rest } = body;
  const wrong = misshapeResults(Array.isArray(results) ? results.filter(isJsonObject) : [], shape);
  return emulatorResponse(
    reply.status,
    wrong === undefined ? rest : { ...rest, results: wrong },
    reply.headers,
  );
}

function misshapeResults(
  results: readonly JsonObject[],
  shape: Exclude<WrongShapeFault['shape'], 'empty-object'>,
): readonly JsonObject[] | undefined {
  switch (shape) {
    case 'index-out-of-range':
      return results.map((result, place) => (place === 0 ? { ...result, index: FAR_OUT } : result));
    case 'duplicate-index':
      return [...results.slice(0, 1), ...results];
    case 'missing-score':
      return results.map(({ relevance_score: _score, ...result }) => result);
    case 'missing-results':
      return undefined;
    default:
      return shape satisfies never;
  }
}
