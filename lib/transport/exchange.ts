import { gunzip, brotliDecompress, inflate, type InputType, type ZlibOptions } from 'node:zlib';
import { Readable } from 'node:stream';
// Not the global one, which tests of the app may hold.
import { setImmediate } from 'node:timers';
import type { Dispatcher } from 'undici';
import type { TimeoutPhase } from '../diagnosis/diagnose-timeout.js';
import type { ReceivedResponse } from '../diagnosis/request-context.js';
import { InterruptedAttempt, UnusableResponse } from './attempt-failure.js';
import type { EndSignal } from './call-scope.js';

/** Far beyond any ranking: 10,000 results are about half a megabyte. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** An error page is read for its message, not kept. */
export const MAX_ERROR_BYTES = 64 * 1024;

type Headers = ReceivedResponse['headers'];

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
}

/** Who makes the connection that a request waits for. */
export interface ConnectionMaker {
  /** The request waits no longer: it has begun, or was given up. Called once. */
  leave(): void;
}

/**
 * One request and its whole, bounded answer. A dispatch handler of our own rather than
 * `undici.request`, because it needs no stream and no signal of its own per request; that halves the
 * cost of a small call. Its methods are those that undici 6 and 7 call without a wrapper around it.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #resolve: (answer: Answer) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #signal: EndSignal;
  readonly #complete = () => this.#succeed();
  readonly #abort = () => this.#fail(new InterruptedAttempt(this.#phase));
  #maker: ConnectionMaker | undefined;
  #abortRequest: ((error: Error) => void) | undefined;
  #phase: TimeoutPhase = 'connect';
  #settled = false;
  #status = 0;
  #headers: Headers = {};
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(
    signal: EndSignal,
    resolve: (answer: Answer) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    signal.addEventListener('abort', this.#abort, { once: true });
  }

  waitFor(maker: ConnectionMaker): void {
    this.#maker = maker;
  }

  onConnect(abort: (error?: Error) => void): void {
    this.#leave();
    this.#abortRequest = abort;
    this.#phase = 'answer';
    if (this.#settled) {
      // Aborted while it waited for a connection.
      abort(new Error('aborted'));
    }
  }

  onHeaders(status: number, rawHeaders: readonly Buffer[]): boolean {
    this.begin(status, () => parseHeaders(rawHeaders));
    return true;
  }

  onData(chunk: Buffer): boolean {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#isError() && this.#size > MAX_ERROR_BYTES) {
      this.#succeed();
      this.cancelRequest();
    } else if (this.#size > MAX_ANSWER_BYTES) {
      const response = { status: this.#status, headers: this.#headers, body: '' };
      this.#fail(new UnusableResponse(TOO_LARGE, response));
    }
    return true;
  }

  onComplete(): void {
    // undici takes the connection back in the next immediate. Who is told before that and sends another
    // request would open a new connection for it, up to twice as many as are in use.
    void Promise.resolve().then(() => setImmediate(this.#complete));
  }

  onError(error: Error): void {
    this.#fail(error);
  }

  protected begin(status: number, headers: () => Headers): void {
    // 1xx comes before the answer.
    if (status >= 200) {
      this.#phase = 'body';
      this.#status = status;
      this.#headers = headers();
    }
  }

  #succeed(): void {
    if (this.settle()) {
      this.#resolve({ status: this.#status, headers: this.#headers, bytes: this.#bytes() });
    }
  }

  #fail(reason: unknown): void {
    if (this.settle()) {
      this.cancelRequest();
      this.#reject(reason);
    }
  }

  /** Whether this is what it ends with. */
  protected settle(): boolean {
    if (this.#settled) {
      return false;
    }
    this.#settled = true;
    this.#signal.removeEventListener('abort', this.#abort);
    this.#leave();
    return true;
  }

  #leave(): void {
    const maker = this.#maker;
    this.#maker = undefined;
    maker?.leave();
  }

  /** Frees the socket now, whatever the server still sends. */
  protected cancelRequest(): void {
    this.#abortRequest?.(new Error('aborted'));
  }

  #isError(): boolean {
    return this.#status < 200 || this.#status >= 300;
  }

  #bytes(): Buffer {
    const [first = Buffer.alloc(0)] = this.#chunks;
    const bytes = this.#chunks.length > 1 ? Buffer.concat(this.#chunks, this.#size) : first;
    return this.#isError() ? bytes.subarray(0, MAX_ERROR_BYTES) : bytes;
  }
}

/** An answer that goes on arriving. */
export interface StreamedAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readable;
}

/** As `Exchange`, but its answer is handed over with the headers. */
export class StreamedExchange extends Exchange {
  readonly #signal: EndSignal;
  readonly #resolve: (answer: StreamedAnswer) => void;
  #resume: () => void = () => undefined;
  #body: Readable | undefined;
  #hasEnded = false;

  constructor(
    signal: EndSignal,
    resolve: (answer: StreamedAnswer) => void,
    reject: (reason: unknown) => void,
  ) {
    super(signal, () => undefined, reject);
    this.#signal = signal;
    this.#resolve = resolve;
  }

  override onHeaders(status: number, rawHeaders: readonly Buffer[], resume?: () => void): boolean {
    this.#resume = resume ?? this.#resume;
    return super.onHeaders(status, rawHeaders);
  }

  /** @returns false while the reader is behind; undici then reads no more from the socket */
  override onData(chunk: Buffer): boolean {
    return this.#body?.push(chunk) ?? true;
  }

  override onComplete(): void {
    this.#hasEnded = true;
    this.#body?.push(null);
  }

  override onError(error: Error): void {
    if (this.#body === undefined) {
      super.onError(error);
    } else {
      this.#hasEnded = true;
      this.#body.destroy(error);
    }
  }

  protected override begin(status: number, headers: () => Headers): void {
    if (status >= 200 && this.settle()) {
      this.#body = this.#createBody();
      this.#resolve({ status, headers: headers(), body: this.#body });
    }
  }

  #createBody(): Readable {
    const abort = () => body.destroy(new Error('aborted', { cause: this.#signal.reason }));
    const body = new Readable({
      read: () => this.#resume(),
      destroy: (error, callback) => {
        this.#signal.removeEventListener('abort', abort);
        if (!this.#hasEnded) {
          this.cancelRequest();
        }
        callback(error);
      },
    });
    // It may fail before its reader listens, who then finds it in `errored`.
    body.on('error', () => undefined);
    this.#signal.addEventListener('abort', abort, { once: true });
    return body;
  }
}

/** For a dispatcher of the app, which may be of any major of undici: 8 calls only these methods. */
export class PortableExchange extends Exchange {
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.onConnect((error) => controller.abort(error ?? new Error('aborted')));
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Headers): void {
    this.begin(status, () => headers);
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.onData(chunk);
  }

  onResponseEnd(): void {
    this.onComplete();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.onError(error);
  }
}

const TOO_LARGE = 'the body is larger than 64 MiB';

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

type Decoder = (
  bytes: InputType,
  options: ZlibOptions,
  callback: (error: Error | null, decoded: Buffer) => void,
) => void;

const DECODERS: Readonly<Record<string, Decoder>> = {
  gzip: gunzip,
  'x-gzip': gunzip,
  deflate: inflate,
  br: brotliDecompress,
};

/**
 * Nothing is asked for encoded, but some proxies encode all the same.
 *
 * @throws UnusableResponse when the encoding is unknown, or not what it says it is
 */
export async function decode(answer: Answer): Promise<Answer> {
  const encoding = String(answer.headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding === 'identity' || answer.bytes.length === 0) {
    return answer;
  }
  const decoder = DECODERS[encoding];
  const response = { status: answer.status, headers: answer.headers, body: '' };
  if (decoder === undefined) {
    throw new UnusableResponse(
      'the body is encoded in a way that was not asked for (Content-Encoding)',
      response,
    );
  }
  return new Promise((resolve, reject) => {
    decoder(answer.bytes, { maxOutputLength: MAX_ANSWER_BYTES }, (error, bytes) => {
      if (error === null) {
        resolve({ ...answer, bytes });
      } else {
        const isTooLarge = 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
        const what = isTooLarge
          ? TOO_LARGE
          : `the body is not ${encoding}, as Content-Encoding says`;
        reject(new UnusableResponse(what, response));
      }
    });
  });
}

const BYTE_ORDER_MARK = 0xfeff;

/** UTF-8, without the byte order mark that some servers put before their JSON. */
export function toText(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
}
