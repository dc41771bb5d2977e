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
