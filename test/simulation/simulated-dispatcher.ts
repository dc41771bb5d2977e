import { Dispatcher } from 'undici';
import type { Line, SimulatedCohere, SimulatedExchange } from './simulated-cohere.js';

/** The network as a dispatcher of the app, given to the library through the option `dispatcher`. */
export class SimulatedDispatcher extends Dispatcher {
  readonly #cohere: SimulatedCohere;
  #idleConnections = 0;
  #dispatches = 0;

  constructor(cohere: SimulatedCohere) {
    super();
    this.#cohere = cohere;
  }

  override dispatch(
    { path, headers, body }: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): boolean {
    const line = new HandlerLine(handler, () => {
      this.#idleConnections += 1;
    });
    const text = typeof body === 'string' || Buffer.isBuffer(body) ? body.toString() : '{}';
    const isReused = this.#idleConnections > 0;
    this.#idleConnections -= isReused ? 1 : 0;
    const request = { path, key: readKey(headers), body: text, isReused };
    const exchange = this.#cohere.receive(request, line);
    line.exchange = exchange;
    this.#dispatches += 1;
    const random = this.#cohere.randomFor(`dispatch ${this.#dispatches}`);
    if (isReused && random.chance(0.5)) {
      exchange.connect();
    } else {
      const ms = isReused ? 1 : random.integer(1, 5);
      this.#cohere.clock.setTimeout(() => exchange.connect(), ms).unref();
    }
    return true;
  }
}

/** Calls the methods that every major of undici from 7 on calls. */
class HandlerLine implements Line, Dispatcher.DispatchController {
  exchange: SimulatedExchange | undefined;
  readonly rawHeaders = null;
  readonly rawTrailers = null;
  readonly paused = false;
  #reason: Error | null = null;
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #keepConnection: () => void;

  constructor(handler: Dispatcher.DispatchHandler, keepConnection: () => void) {
    this.#handler = handler;
    this.#keepConnection = keepConnection;
  }

  get aborted(): boolean {
    return this.#reason !== null;
  }

  get reason(): Error | null {
    return this.#reason;
  }

  abort(reason: Error): void {
    if (this.exchange?.hasEnded === false) {
      this.#reason = reason;
      this.exchange.abort();
      this.#handler.onResponseError?.(this, reason);
    }
  }

  pause(): void {}

  resume(): void {}

  begin(): boolean {
    this.#handler.onRequestStart?.(this, {});
    return !this.aborted;
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    this.#handler.onResponseStart?.(this, status, { ...headers });
  }

  data(chunk: Buffer): void {
    this.#handler.onResponseData?.(this, chunk);
  }

  end(): void {
    this.#keepConnection();
    this.#handler.onResponseEnd?.(this, {});
  }

  fail(error: Error): void {
    this.#handler.onResponseError?.(this, error);
  }
}

/** Headers are an object, or undici's flat list. */
function readKey(headers: Dispatcher.DispatchOptions['headers']): string {
  const flat: unknown[] = Array.isArray(headers) ? headers : Object.entries(headers ?? {}).flat();
  const at = flat.findIndex((value) => String(value).toLowerCase() === 'authorization');
  return at === -1 ? '' : String(flat[at + 1]).replace(/^Bearer /, '');
}
