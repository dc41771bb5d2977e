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

/** A connection for one request. It is released after a whole answer, and destroyed otherwise. */
export interface Connection {
  /** True if it has served a request before, so that the server may have closed it since. */
  readonly isReused: boolean;
  /** The number of bytes received over it. */
  readonly bytesRead: number;
  dispatch(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void;
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

/** Receives a body, up to its end, which is null. */
interface BodySink {
  /** @returns false to pause reading from the socket while the reader is behind */
  push(chunk: Buffer | null): boolean;
  destroy(error: Error): unknown;
}

interface Sending {
  readonly request: WireRequest;
  readonly connections: ConnectionSource;
  readonly signal: EndSignal;
}

/** @param end ends the exchange early */
type OpenBody = (head: AnswerHead, resume: () => void, end: (reason: Error) => void) => BodySink;

/**
 * Sends one request and reads its whole answer.
 *
 * @param maxBytes limit of a 2xx body
 * @throws what undici throws when there is no answer; InterruptedAttempt when the signal aborts; UnusableResponse
 */
export function exchangeWhole(sending: Sending, maxBytes: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const open: OpenBody = (head, _, end) => {
      const limit = bodyLimit(head, maxBytes);
      const chunks: Buffer[] = [];
      let size = 0;
      const answer = () => {
        clearTimeout(timer);
        resolve({ ...head, bytes: Buffer.concat(chunks, Math.min(size, limit)) });
        return true;
      };
      const timer = isFailure(head)
        ? setTimeout(() => end(new Error('aborted')), ERROR_BODY_MS).unref()
        : undefined;
      return {
        push: (chunk) => {
          if (chunk === null) {
            return answer();
          }
          chunks.push(chunk);
          size += chunk.length;
          if (size > limit) {
            end(tooLarge(head));
          }
          return true;
        },
        // Ends a failure with the part of its body that has arrived; its status decides.
        destroy: (error) =>
          isFailure(head) && !(error instanceof InterruptedAttempt) ? answer() : reject(error),
      };
    };
    new Exchange(sending, open, reject).send();
  });
}

/** Does the same, but resolves as soon as the headers have arrived. */
export function exchangeStreamed(sending: Sending): Promise<StreamedAnswer> {
  return new Promise((resolve, reject) => {
    const { signal } = sending;
    const open: OpenBody = (head, resume, end) => {
      const body = new Readable({
        read: resume,
        destroy: (error, callback) => {
          end(error ?? new Error('aborted'));
          callback(error);
        },
      });
      // It may fail before the reader subscribes; the error is then in `errored`.
      body.on('error', () => undefined);
      resolve({ ...head, body });
      return {
        push: (chunk) => body.push(chunk),
        destroy: (error) =>
          body.destroy(signal.aborted ? new Error('aborted', { cause: signal.reason }) : error),
      };
    };
    new Exchange(sending, open, reject).send();
  });
}

/**
 * One request and its answer. A dispatch handler of our own, because `undici.request` creates a stream and a signal
 * per request; without them a small call costs half. It has the methods of undici 6 and those of 7 and 8.
 */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #sending: Sending;
  readonly #open: OpenBody;
  readonly #reject: (reason: unknown) => void;
  readonly #onAbort = () => this.#end(new InterruptedAttempt(this.#phase));
  #connection: Connection | undefined;
  #bytesBefore = 0;
  #abortRequest: ((error: Error) => void) | undefined;
  #phase: TimeoutPhase = 'connect';
  #body: BodySink | undefined;
  #hasEnded = false;

  constructor(sending: Sending, open: OpenBody, reject: (reason: unknown) => void) {
    this.#sending = sending;
    this.#open = open;
    this.#reject = reject;
  }

  send(): void {
    const { signal } = this.#sending;
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) {
      this.#onAbort();
    } else {
      this.#dispatch();
    }
  }

  onConnect(abort: (error?: Error) => void): void {
    this.#abortRequest = abort;
    this.#phase = 'answer';
    if (this.#hasEnded) {
      // Aborted while it waited for a connection.
      abort(new Error('aborted'));
    }
  }

  onHeaders(status: number, rawHeaders: readonly Buffer[], resume: () => void): boolean {
    this.#begin({ status, headers: parseHeaders(rawHeaders) }, resume);
    return true;
  }

  onData(chunk: Buffer): boolean {
    return this.#body?.push(chunk) ?? true;
  }

  onComplete(): void {
    this.#hasEnded = true;
    this.#sending.signal.removeEventListener('abort', this.#onAbort);
    this.#connection?.release(() => this.#body?.push(null));
  }

  onError(error: Error): void {
    if (this.#hasEnded || !this.#isStale()) {
      this.#end(error);
      return;
    }
    // The server had closed the connection, and probably the idle ones with it. It has seen nothing of the
    // request, or has not begun to answer it; no attempt is spent.
    this.#connection?.destroy();
    this.#sending.connections.closeIdle();
    this.#phase = 'connect';
    this.#dispatch();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.onConnect((error = new Error('aborted')) => controller.abort(error));
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Headers,
  ): void {
    this.#begin({ status, headers }, () => controller.resume());
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.onData(chunk)) {
      controller.pause();
    }
  }

  onResponseEnd(): void {
    this.onComplete();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.onError(error);
  }

  #dispatch(): void {
    const { connections, request } = this.#sending;
    const connection = connections.acquire(request.origin);
    this.#connection = connection;
    this.#bytesBefore = connection.bytesRead;
    connection.dispatch(request, this);
  }

  #begin(head: AnswerHead, resume: () => void): void {
    // 1xx precedes the answer.
    if (head.status < 200) {
      return;
    }
    this.#phase = 'body';
    this.#body = this.#open(head, resume, (reason) => this.#end(reason));
  }

  /** Frees the socket now, even if the server is still sending. */
  #end(reason: Error): void {
    if (this.#hasEnded) {
      return;
    }
    this.#hasEnded = true;
    this.#sending.signal.removeEventListener('abort', this.#onAbort);
    this.#abortRequest?.(new Error('aborted'));
    this.#connection?.destroy();
    this.#body?.destroy(reason);
    this.#reject(reason);
  }

  /** Returns true if a reused connection failed without a response: the request, if not an upload, can be sent again. */
  #isStale(): boolean {
    const { isReused = false, bytesRead = 0 } = this.#connection ?? {};
    const { body } = this.#sending.request;
    const isUpload = typeof body === 'object' && body !== null && !ArrayBuffer.isView(body);
    return isReused && !isUpload && bytesRead === this.#bytesBefore;
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

/** undici 6 hands over the headers as they were on the wire. */
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
