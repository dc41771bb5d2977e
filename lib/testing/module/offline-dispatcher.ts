import { Dispatcher } from 'undici';

/** Answers a request without a network, or throws the error that the caller gets instead. */
export type OfflineAnswer = (request: { readonly method: string; readonly path: string }) => {
  readonly status: number;
  readonly body: string;
};

/** Replaces the connection pool, and opens no connection. */
export class OfflineDispatcher extends Dispatcher {
  readonly #answer: OfflineAnswer;

  constructor(answer: OfflineAnswer) {
    super();
    this.#answer = answer;
  }

  override dispatch(
    { method, path }: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): boolean {
    // As with a real connection, the response arrives after dispatch() has returned.
    queueMicrotask(() => this.#respond({ method, path }, handler));
    return true;
  }

  #respond(
    request: { readonly method: string; readonly path: string },
    handler: Dispatcher.DispatchHandler,
  ): void {
    const controller = new OfflineController();
    handler.onRequestStart?.(controller, {});
    if (controller.aborted) {
      return;
    }
    try {
      const { status, body } = this.#answer(request);
      handler.onResponseStart?.(controller, status, { 'content-type': 'application/json' });
      handler.onResponseData?.(controller, Buffer.from(body));
      handler.onResponseEnd?.(controller, {});
    } catch (error) {
      const reason = error instanceof Error ? error : new Error(String(error));
      handler.onResponseError?.(controller, reason);
    }
  }
}

class OfflineController implements Dispatcher.DispatchController {
  readonly paused = false;
  #reason: Error | null = null;

  get aborted(): boolean {
    return this.#reason !== null;
  }

  get reason(): Error | null {
    return this.#reason;
  }

  abort(reason: Error): void {
    this.#reason = reason;
  }

  pause(): void {}

  resume(): void {}
}
