// Imported, because tests of the app may fake the global one.
import { setImmediate } from 'node:timers';
import type { Dispatcher } from 'undici';
import type { RequestDispatcher } from '../config/settings.js';
import type { ReceivedResponse } from '../diagnosis/request-context.js';
import type { Connection, ConnectionSource, ExchangeHandler } from './exchange.js';

/** Sends requests over a dispatcher of the app, whose connections are not visible here. */
export function connectionsOf(dispatcher: RequestDispatcher): ConnectionSource {
  const connection: Connection = {
    isReused: false,
    bytesRead: 0,
    dispatch: (request, handler) => {
      dispatcher.dispatch(request, new PortableHandler(handler));
    },
    // undici releases the connection in the next immediate; before that, its pool would open a second one.
    release: (onReleased) => void Promise.resolve().then(() => setImmediate(onReleased)),
    destroy: () => undefined,
  };
  return { acquire: () => connection, closeIdle: () => undefined };
}

/** Implements the handler methods of undici 6, and those of 7 and 8. */
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
