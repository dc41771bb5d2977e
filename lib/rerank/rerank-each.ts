import { DiagnosedError } from '../diagnosis/errors.js';
import { onRejection, Pace } from './pace.js';
import type { RerankCallOptions, RerankRequest, RerankResponse } from './rerank.interface.js';

/**
 * What became of one request of `rerankEach`: `response`, or the `error` it failed with.
 *
 * @publicApi
 */
export type RerankOutcome<T extends string | object> =
  | {
      /** The place of the request in the input, from 0. */
      readonly index: number;
      readonly response: RerankResponse<T>;
      readonly error?: undefined;
    }
  | { readonly index: number; readonly error: DiagnosedError; readonly response?: undefined };

/** @publicApi */
export interface RerankProgress {
  /** Requests that have an outcome, failed ones included. */
  readonly finished: number;
  readonly failed: number;
}

/** @publicApi */
export interface RerankEachOptions extends RerankCallOptions {
  /** Requests of this run at the same time, 1 to 1,000. Default: the module's `concurrency`. */
  readonly concurrency?: number | undefined;
  /** Called once per outcome, before it is handed out. */
  readonly onProgress?: ((progress: RerankProgress) => void) | undefined;
}

type Requests<T extends string | object> =
  Iterable<RerankRequest<T>> | AsyncIterable<RerankRequest<T>>;

interface Run<T extends string | object> {
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: RerankProgress) => void) | undefined;
  rerank(request: RerankRequest<T>, signal: AbortSignal): Promise<RerankResponse<T>>;
  /** Whether the requests that are left would fail with it as well; it ends the run. */
  isAboutTheAccount(error: DiagnosedError): boolean;
}

/**
 * Reranks request after request, some at a time. A request is read from the input only when there is
 * room for its outcome, so memory stays flat however long the input is and however slow the consumer.
 */
export async function* rerankEach<T extends string | object>(
  requests: Requests<T>,
  run: Run<T>,
): AsyncGenerator<RerankOutcome<T>, void, undefined> {
  const workers = new Workers(iteratorOf(requests), run);
  const pace = new Pace();
  let finished = 0;
  let failed = 0;
  try {
    for (;;) {
      if (pace.isDue) {
        // Calls without I/O, and a consumer that awaits nothing, would keep the event loop to themselves.
        // oxlint-disable-next-line no-await-in-loop
        await pace.turn();
      }
      // One after another is the point: the consumer sets the pace.
      // oxlint-disable-next-line no-await-in-loop
      const outcome = await workers.next();
      if (outcome === undefined) {
        return;
      }
      finished += 1;
      failed += outcome.error === undefined ? 0 : 1;
      workers.report({ finished, failed });
      yield outcome;
    }
  } finally {
    await workers.stop();
  }
}

/** Reads the input and keeps requests in flight; outcomes wait here until they are consumed. */
class Workers<T extends string | object> {
  readonly #input: Iterator<RerankRequest<T>> | AsyncIterator<RerankRequest<T>>;
  readonly #run: Run<T>;
  readonly #controller = new AbortController();
  readonly #abort = () => this.#fail(this.#run.signal?.reason);
  readonly #outcomes: RerankOutcome<T>[] = [];
  /** Ends the run now. */
  #failure: Failure | undefined;
  /** Ends it when all outcomes have been handed out: they are paid for. */
  #lastly: Failure | undefined;
  #inFlight = 0;
  #index = 0;
  #reading = false;
  #exhausted = false;
  #wake: () => void = () => undefined;

  constructor(input: Iterator<RerankRequest<T>> | AsyncIterator<RerankRequest<T>>, run: Run<T>) {
    this.#input = input;
    this.#run = run;
    run.signal?.addEventListener('abort', this.#abort, { once: true });
    if (run.signal?.aborted === true) {
      this.#abort();
    }
  }

  /** @returns the next outcome, in the order in which they come in; undefined after the last */
  async next(): Promise<RerankOutcome<T> | undefined> {
    for (;;) {
      throwIfFailed(this.#failure);
      const outcome = this.#outcomes.shift();
      void this.#read();
      if (outcome !== undefined) {
        return outcome;
      }
      if (this.#hasEnded && this.#inFlight === 0) {
        throwIfFailed(this.#lastly);
        return undefined;
      }
      // oxlint-disable-next-line no-await-in-loop
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The type says that it returns nothing; one that is asynchronous ends the run when it fails, as one that throws. */
  report(progress: RerankProgress): void {
    const returned: unknown = this.#run.onProgress?.(progress);
    onRejection(returned, (reason) => this.#fail(reason));
  }

  /** Ends what is in flight, and tells the input that it is no longer read. */
  async stop(): Promise<void> {
    this.#run.signal?.removeEventListener('abort', this.#abort);
    this.#controller.abort();
    if (this.#exhausted) {
      return;
    }
    this.#exhausted = true;
    const returned = Promise.resolve(this.#input.return?.());
    if (this.#reading) {
      // An input that hangs in next() would hang in return() as well, and the consumer with it.
      returned.catch(() => undefined);
    } else {
      await returned;
    }
  }

  async #read(): Promise<void> {
    if (this.#reading) {
      return;
    }
    this.#reading = true;
    try {
      while (!this.#hasEnded && this.#hasRoom()) {
        // oxlint-disable-next-line no-await-in-loop
        const { done, value } = await this.#input.next();
        if (done === true) {
          this.#exhausted = true;
        } else if (!this.#controller.signal.aborted) {
          void this.#start(value);
        }
      }
    } catch (error) {
      this.#exhausted = true;
      this.#lastly ??= { reason: error };
    } finally {
      this.#reading = false;
      this.#wake();
    }
  }

  async #start(request: RerankRequest<T>): Promise<void> {
    const index = this.#index;
    this.#index += 1;
    this.#inFlight += 1;
    try {
      const response = await this.#run.rerank(request, this.#controller.signal);
      this.#outcomes.push({ index, response });
    } catch (error) {
      if (error instanceof DiagnosedError && !this.#run.isAboutTheAccount(error)) {
        this.#outcomes.push({ index, error });
      } else {
        this.#lastly ??= { reason: error };
        this.#controller.abort(error);
      }
    } finally {
      this.#inFlight -= 1;
      this.#wake();
    }
  }

  #hasRoom(): boolean {
    return this.#inFlight + this.#outcomes.length < this.#run.concurrency;
  }

  get #hasEnded(): boolean {
    return this.#exhausted || this.#lastly !== undefined;
  }

  #fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#controller.abort(reason);
    this.#wake();
  }
}

interface Failure {
  readonly reason: unknown;
}

function throwIfFailed(failure: Failure | undefined): void {
  if (failure !== undefined) {
    throw failure.reason;
  }
}

function iteratorOf<T extends string | object>(
  requests: Requests<T>,
): Iterator<RerankRequest<T>> | AsyncIterator<RerankRequest<T>> {
  return Symbol.asyncIterator in requests
    ? requests[Symbol.asyncIterator]()
    : requests[Symbol.iterator]();
}
