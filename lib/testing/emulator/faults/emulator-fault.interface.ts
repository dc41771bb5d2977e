/**
 * What goes wrong with a request. `headers` here means before anything is answered, `body` means after
 * the status, the headers and half of the body.
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
 * An error of Cohere's in its own shape.
 *
 * @publicApi
 */
export interface StatusFault {
  readonly kind: 'status';
  readonly status: number;
  /** Default: the text Cohere documents for the status, where there is one. */
  readonly message?: string;
  /** Sent as `Retry-After`: seconds, or an HTTP date. */
  readonly retryAfter?: number | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The right answer, late.
 *
 * @publicApi
 */
export interface LatencyFault {
  readonly kind: 'latency';
  readonly ms: number;
}

/**
 * No answer, or no end of it, until the caller gives up or the emulator stops.
 *
 * @publicApi
 */
export interface HangFault {
  readonly kind: 'hang';
  /** Default `headers`. */
  readonly at?: 'headers' | 'body';
}

/**
 * The connection is reset (TCP RST).
 *
 * @publicApi
 */
export interface ResetFault {
  readonly kind: 'reset';
  /** Default `headers`. */
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
 * An HTML page in place of JSON, as an edge block or a captive portal sends.
 *
 * @publicApi
 */
export interface HtmlFault {
  readonly kind: 'html';
  /** Default 403. */
  readonly status?: number;
}

/**
 * A body that says it is JSON and is none.
 *
 * @publicApi
 */
export interface NonJsonFault {
  readonly kind: 'non-json';
  /** Default 200. */
  readonly status?: number;
  /** Default: the right answer without its end. */
  readonly body?: string;
}

/**
 * JSON that lacks what a rerank response has, or ranks what was not sent.
 *
 * @publicApi
 */
export interface WrongShapeFault {
  readonly kind: 'wrong-shape';
  readonly shape:
    'index-out-of-range' | 'duplicate-index' | 'missing-results' | 'missing-score' | 'empty-object';
}
