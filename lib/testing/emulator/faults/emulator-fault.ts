import { validateHeaderName, validateHeaderValue } from 'node:http';

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
 * What goes wrong with a request. `at: 'headers'` means before anything is sent, `at: 'body'` after the status,
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
  /** Default: the text that Cohere documents for the status, where there is one. */
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
  /** When it happens. Default `headers`. */
  readonly at?: 'headers' | 'body';
}

/**
 * The connection is reset (TCP RST).
 *
 * @publicApi
 */
export interface ResetFault {
  readonly kind: 'reset';
  /** When it happens. Default `headers`. */
  readonly at?: 'headers' | 'body';
}

/**
 * The connection closes after half of the promised body.
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
  /** What is wrong with it. */
  readonly shape:
    'index-out-of-range' | 'duplicate-index' | 'missing-results' | 'missing-score' | 'empty-object';
}

/**
 * Refuses a fault that no server could send: it would end the process of the test, not the request.
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

/** @throws RangeError for what is not a delay in milliseconds */
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
