// Not the global one, which tests of the app may hold.
import { setImmediate } from 'node:timers';
import type { Dispatcher } from 'undici';
import type { RequestDispatcher } from '../config/settings.js';
import type { ReceivedResponse } from '../diagnosis/request-context.js';
import type { Connection, ConnectionSource } from './connection-pool.js';
import type { ExchangeHandler } from './exchange.js';

/** Requests over a dispatcher of the app. Which connection it uses, and whether that is new, is not known. */
export function connectionsOf(dispatcher: RequestDispatcher): ConnectionSource {
  const connection: Connection = {
    isReused: false,
    bytesRead: 0,
    dispatch: (request, handler) => {
      dispatcher.dispatch(request, new PortableHandler(handler));
    },
    // undici takes the connection back in the next immediate; before that, its pool would open a second one.
    release: (onReleased) => void Promise.resolve().then(() => setImmediate(onReleased)),
    destroy: () => undefined,
  };
  return { acquire: () => connection, closeIdle: () => undefined };
}

/** Has the methods that undici 6 calls, and those that 7 and 8 do. */
class PortableHandler implements Dispatcher.DispatchHandler {
  readonly #handler: ExchangeHandler;

  constructor(handler: ExchangeHandler) {
    this.#handler = handler;
  }

  onConnect(abort: (error?: Error) => void): void {
    this.#handler.onConnect(abort);
  }

  onHeaders(status: number, rawHeaders: readonly Buffer[], resume: () => void): boolean {
    return this.#handler.onHeaders(status, rawHeaders, resume);
  }

  onData(chunk: Buffer): boolean {
    return this.#handler.onData(chunk);
  }

  onComplete(): void {
    this.#handler.onComplete();
  }

  onError(error: Error): void {
    this.#handler.onError(error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#handler.onConnect((error) => controller.abort(error ?? new Error('aborted')));
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: ReceivedResponse['headers'],
  ): void {
    this.#handler.onHead(status, headers, () => controller.resume());
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#handler.onData(chunk)) {
      controller.pause();
    }
  }

  onResponseEnd(): void {
    this.#handler.onComplete();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#handler.onError(error);
  }
}
