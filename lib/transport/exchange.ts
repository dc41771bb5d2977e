import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { TimeoutPhase } from '../diagnosis/diagnose-timeout.js';
import type { ReceivedResponse } from '../diagnosis/request-context.js';
import { InterruptedAttempt, UnusableResponse } from './attempt-failure.js';
import type { EndSignal } from './call-scope.js';

/** The limit of an error body, which is read only for its message. */
export const MAX_ERROR_BYTES = 64 * 1024;
/** The time that the body of a failure has after its head. The status alone says most of it. */
const ERROR_BODY_MS = 500;

type Headers = ReceivedResponse['headers'];

/** Status and headers of an answer. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: Headers;
}

/** A whole answer; the body of a failure is cut at 64 KiB. */
export interface Answer extends AnswerHead {
  readonly bytes: Buffer;
}

/** A streamed answer. */
export interface StreamedAnswer extends AnswerHead {
  readonly body: Readable;
}

export type WireRequest = Dispatcher.DispatchOptions & { readonly origin: string };

interface ExchangeOptions<T> {
  readonly request: WireRequest;
  readonly connections: ConnectionSource;
  readonly signal: EndSignal;
  readonly resolve: (answer: T) => void;
  readonly reject: (reason: unknown) => void;
}

/** The dispatch handler of undici 6 and 7, without a wrapper. */
export interface ExchangeHandler {
  onConnect(abort: (error?: Error) => void): void;
  onHeaders(status: number, rawHeaders: readonly Buffer[], resume: () => void): boolean;
  onHead(status: number, headers: Headers, resume: () => void): void;
  onData(chunk: Buffer): boolean;
  onComplete(): void;
  onError(error: Error): void;
}

/** A connection for one request. It is released after a whole answer, and destroyed otherwise. */
export interface Connection {
  /** True if it has served a request before, so that the server may have closed it since. */
  readonly isReused: boolean;
  /** The number of bytes received over it. */
  readonly bytesRead: number;
  dispatch(request: Dispatcher.DispatchOptions, handler: ExchangeHandler): void;
  /** @param onReleased called as soon as another request can be sent over it */
  release(onReleased: () => void): void;
  destroy(): void;
}

/** Provides a connection for each request. */
export interface ConnectionSource {
  acquire(origin: string): Connection;
  /** Closes idle connections, so that the next ones are new. */
  closeIdle(): void;
}

/**
 * One request and its answer. A dispatch handler of our own, because `undici.request` creates a stream and a signal
 * per request; without them a small call costs half.
 */
abstract class Exchange<T> implements ExchangeHandler {
  protected readonly signal: EndSignal;
  readonly #options: ExchangeOptions<T>;
  readonly #abort = () => this.fail(new InterruptedAttempt(this.#phase));
  #connection: Connection | undefined;
  #bytesBefore = 0;
  #abortRequest: ((error: Error) => void) | undefined;
  #phase: TimeoutPhase = 'connect';
  #isSettled = false;
  #isEnded = false;
  #bodyTimer: NodeJS.Timeout | undefined;

  constructor(options: ExchangeOptions<T>) {
    this.signal = options.signal;
    this.#options = options;
  }

  send(): void {
    this.signal.addEventListener('abort', this.#abort, { once: true });
    this.#sendOver(this.#options.connections.acquire(this.#options.request.origin));
  }

  protected abstract begin(head: AnswerHead): void;
  /** @returns false to pause reading from the socket while the reader is behind */
  abstract onData(chunk: Buffer): boolean;
  protected abstract end(): void;
  /** Called when the connection fails after the headers. */
  protected abstract cut(error: Error): void;
  protected resume: () => void = () => undefined;

  onConnect(abort: (error?: Error) => void): void {
    this.#abortRequest = abort;
    this.#phase = 'answer';
    if (this.#isEnded) {
      // Aborted while it waited for a connection.
      abort(new Error('aborted'));
    }
  }

  onHeaders(status: number, rawHeaders: readonly Buffer[], resume: () => void): boolean {
    this.onHead(status, parseHeaders(rawHeaders), resume);
    return true;
  }

  /** @param resume resumes reading after `onData` has returned false */
  onHead(status: number, headers: Headers, resume: () => void): void {
    // 1xx precedes the answer.
    if (status >= 200) {
      this.#phase = 'body';
      this.resume = resume;
      this.begin({ status, headers });
    }
  }

  onComplete(): void {
    this.#isEnded = true;
    this.#connection?.release(() => this.end());
  }

  onError(error: Error): void {
    if (this.#isEnded) {
      return;
    }
    if (this.#phase === 'body') {
      this.close();
      this.cut(error);
    } else if (!this.#isStale()) {
      this.fail(error);
    } else {
      // The server had closed the connection, and probably the idle ones with it. It has seen nothing of the
      // request, or has not begun to answer it; no attempt is spent.
      const { connections, request } = this.#options;
      this.#connection?.destroy();
      connections.closeIdle();
      this.#phase = 'connect';
      this.#sendOver(connections.acquire(request.origin));
    }
  }

  protected succeed(answer: T): void {
    if (this.#settle()) {
      this.#options.resolve(answer);
    }
  }

  protected fail(reason: unknown): void {
    this.close();
    if (this.#settle()) {
      this.#options.reject(reason);
    }
  }

  /** Ends a body that does not. */
  protected expectEnd(milliseconds: number): void {
    const cut = () => {
      this.close();
      this.cut(new Error('aborted'));
    };
    this.#bodyTimer = setTimeout(cut, milliseconds).unref();
  }

  /** Frees the socket now, even if the server is still sending. */
  protected close(): void {
    if (!this.#isEnded) {
      this.#isEnded = true;
      this.#abortRequest?.(new Error('aborted'));
      this.#connection?.destroy();
    }
  }

  #sendOver(connection: Connection): void {
    this.#connection = connection;
    this.#bytesBefore = connection.bytesRead;
    connection.dispatch(this.#options.request, this);
  }

  /** Returns true if a reused connection failed without a response: the request, if not an upload, can be sent again. */
  #isStale(): boolean {
    const { request } = this.#options;
    const { isReused = false, bytesRead = 0 } = this.#connection ?? {};
    const { body } = request;
    const isUpload = typeof body === 'object' && body !== null && !ArrayBuffer.isView(body);
    return isReused && !isUpload && bytesRead === this.#bytesBefore;
  }

  #settle(): boolean {
    if (this.#isSettled) {
      return false;
    }
    this.#isSettled = true;
    clearTimeout(this.#bodyTimer);
    this.signal.removeEventListener('abort', this.#abort);
    return true;
  }
}

/** Reads the whole answer, up to a limit. */
export class WholeExchange extends Exchange<Answer> {
  readonly #maxBytes: number;
  #head: AnswerHead = { status: 0, headers: {} };
  #chunks: Buffer[] = [];
  #size = 0;

  /** @param maxBytes limit of a 2xx body */
  constructor(options: ExchangeOptions<Answer>, maxBytes: number) {
    super(options);
    this.#maxBytes = maxBytes;
  }

  protected begin(head: AnswerHead): void {
    this.#head = head;
    if (isFailure(head)) {
      this.expectEnd(ERROR_BODY_MS);
    }
  }

  onData(chunk: Buffer): boolean {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size > bodyLimit(this.#head, this.#maxBytes)) {
      this.close();
      this.cut(tooLarge(this.#head));
    }
    return true;
  }

  protected end(): void {
    this.#answer();
  }

  /** Ends a failure with the part of its body that has arrived; its status decides. */
  protected cut(error: Error): void {
    if (isFailure(this.#head)) {
      this.#answer();
    } else {
      this.fail(error);
    }
  }

  #answer(): void {
    const [first = Buffer.alloc(0)] = this.#chunks;
    const bytes = this.#chunks.length > 1 ? Buffer.concat(this.#chunks, this.#size) : first;
    const isTooLong = isFailure(this.#head) && bytes.length > MAX_ERROR_BYTES;
    this.succeed({ ...this.#head, bytes: isTooLong ? bytes.subarray(0, MAX_ERROR_BYTES) : bytes });
  }
}

/** Returns the answer as soon as its headers have arrived. */
export class StreamedExchange extends Exchange<StreamedAnswer> {
  #body: Readable | undefined;

  protected begin(head: AnswerHead): void {
    this.#body = this.#createBody();
    this.succeed({ ...head, body: this.#body });
  }

  onData(chunk: Buffer): boolean {
    return this.#body?.push(chunk) ?? true;
  }

  protected end(): void {
    this.#body?.push(null);
  }

  protected cut(error: Error): void {
    this.#body?.destroy(error);
  }

  #createBody(): Readable {
    const abort = () => body.destroy(new Error('aborted', { cause: this.signal.reason }));
    const body = new Readable({
      read: () => this.resume(),
      destroy: (error, callback) => {
        this.signal.removeEventListener('abort', abort);
        this.close();
        callback(error);
      },
    });
    // It may fail before the reader subscribes; the error is then in `errored`.
    body.on('error', () => undefined);
    this.signal.addEventListener('abort', abort, { once: true });
    return body;
  }
}

export function isFailure({ status }: AnswerHead): boolean {
  return status < 200 || status >= 300;
}

/** Limits the body of a failure, of which only the message is read. */
export function bodyLimit(head: AnswerHead, maxBytes: number): number {
  return isFailure(head) ? MAX_ERROR_BYTES : maxBytes;
}

export function tooLarge({ status, headers }: AnswerHead): UnusableResponse {
  const response = { status, headers, body: '' };
  return new UnusableResponse('the body is larger than an answer to this request can be', response);
}

function parseHeaders(raw: readonly Buffer[]): Headers {
  const headers: Record<string, string | string[]> = {};
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = String(raw[at]).toLowerCase();
    const value = raw[at + 1]?.toString('latin1') ?? '';
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  return headers;
}
