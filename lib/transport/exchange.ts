import type { Dispatcher } from 'undici';
import type { TimeoutPhase } from '../diagnosis/diagnose-timeout.js';
import type { ReceivedResponse } from '../diagnosis/request-context.js';
import { InterruptedAttempt, UnusableResponse } from './attempt-failure.js';

/** Far beyond any ranking: 10,000 results are about half a megabyte. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** An error page is read for its message, not kept. */
const MAX_ERROR_BYTES = 64 * 1024;

type Headers = ReceivedResponse['headers'];

/**
 * One request and its whole, bounded answer. A dispatch handler of our own rather than
 * `undici.request`, because it needs no stream and no signal of its own per request; that halves the
 * cost of a small call.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #resolve: (response: ReceivedResponse) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #signal: AbortSignal;
  readonly #complete = () => this.#succeed();
  readonly #abort = () => this.#fail(new InterruptedAttempt(this.#phase));
  #controller: Dispatcher.DispatchController | undefined;
  #phase: TimeoutPhase = 'connect';
  #settled = false;
  #status = 0;
  #headers: Headers = {};
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(
    signal: AbortSignal,
    resolve: (response: ReceivedResponse) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    signal.addEventListener('abort', this.#abort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#phase = 'answer';
    if (this.#settled) {
      // Aborted while it waited for a connection.
      controller.abort(new Error('aborted'));
    }
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status >= 200) {
      this.#phase = 'body';
      this.#status = status;
      this.#headers = headers;
    }
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#isError() && this.#size > MAX_ERROR_BYTES) {
      this.#succeed();
      this.#cancelRequest();
    } else if (this.#size > MAX_ANSWER_BYTES) {
      const response = { status: this.#status, headers: this.#headers, body: '' };
      this.#fail(new UnusableResponse('the body is larger than 64 MiB', response));
    }
  }

  onResponseEnd(): void {
    // undici takes the connection back in the next immediate. Who is told before that and sends another
    // request would open a new connection for it, up to twice as many as are in use.
    queueMicrotask(() => setImmediate(this.#complete));
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error);
  }

  #succeed(): void {
    if (this.#settle()) {
      this.#resolve({ status: this.#status, headers: this.#headers, body: this.#body() });
    }
  }

  #fail(reason: unknown): void {
    if (this.#settle()) {
      this.#cancelRequest();
      this.#reject(reason);
    }
  }

  #settle(): boolean {
    if (this.#settled) {
      return false;
    }
    this.#settled = true;
    this.#signal.removeEventListener('abort', this.#abort);
    return true;
  }

  /** Frees the socket now, whatever the server still sends. */
  #cancelRequest(): void {
    this.#controller?.abort(new Error('aborted'));
  }

  #isError(): boolean {
    return this.#status < 200 || this.#status >= 300;
  }

  #body(): string {
    const [first] = this.#chunks;
    if (first === undefined) {
      return '';
    }
    const bytes = this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks, this.#size);
    return bytes.toString('utf8', 0, this.#isError() ? MAX_ERROR_BYTES : undefined);
  }
}
