import { DiagnosedError, RateLimitError } from '../diagnosis/errors.js';
import { onRejection, Pace } from './pace.js';
import type { RerankCallOptions, RerankRequest, RerankResponse } from './rerank.interface.js';

/**
 * The outcome of one request of `rerankEach`: its `response`, or the `error` it failed with.
 *
 * @publicApi
 */
export type RerankOutcome<T extends string | object> =
  | {
      /** The index of the request in the input, from 0. */
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
  /** Called once per outcome, before it is yielded. */
  readonly onProgress?: ((progress: RerankProgress) => void) | undefined;
}

/** The longest pause before a request is sent again, however long the rate limit lasts. */
const MAX_PAUSE_MS = 300_000;
/** The first pause where Cohere does not say how long the rate limit lasts; doubled while it holds. */
const FIRST_PAUSE_MS = 1_000;
/** The shortest pause: a limit with Retry-After: 0 that lasts would be met hundreds of times a second. */
const MIN_PAUSE_MS = 100;

type Requests<T extends string | object> =
  Iterable<RerankRequest<T>> | AsyncIterable<RerankRequest<T>>;

interface Run<T extends string | object> {
  readonly concurrency: number;
  readonly onProgress: ((progress: RerankProgress) => void) | undefined;
  rerank(request: RerankRequest<T>, signal: AbortSignal): Promise<RerankResponse<T>>;
  /** Aborts when the app begins to shut down. */
  readonly closing: AbortSignal;
  /** Waits; throws when the signal aborts. */
  pause(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Returns true for an error that all remaining requests would get as well; it ends the run. */
  endsRun(error: DiagnosedError): boolean;
  /** Calls the listener when the caller aborts, at once if that has happened. @returns removes it */
  onAbort(listener: (reason: unknown) => void): () => void;
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
        // Calls without I/O, and a consumer that awaits nothing, would block the event loop.
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

/** A request with its index in the input. */
interface Numbered<T extends string | object> {
  readonly index: number;
  readonly request: RerankRequest<T>;
}

/** Reads the input and keeps requests in flight; outcomes wait here until they are consumed. */
class Workers<T extends string | object> {
  readonly #input: Iterator<RerankRequest<T>> | AsyncIterator<RerankRequest<T>>;
  readonly #run: Run<T>;
  readonly #controller = new AbortController();
  readonly #stopListening: () => void;
  readonly #onClosing = () => {
    this.#lastly ??= { reason: this.#run.closing.reason };
    this.#wake();
  };
  readonly #outcomes: RerankOutcome<T>[] = [];
  /** Requests that got a rate limit. They are sent before new input is read. */
  readonly #again: Numbered<T>[] = [];
  /** The error that ends the run now. */
  #failure: Failure | undefined;
  /** The error that ends the run once all outcomes, which are paid for, have been yielded. */
  #lastly: Failure | undefined;
  #inFlight = 0;
  #index = 0;
  #isFilling = false;
  #exhausted = false;
  #isPaused = false;
  #pauseEndsAt = -Infinity;
  /** Pauses since the limit last lifted; while there are any, requests are sent one at a time. */
  #pauses = 0;
  #wake: () => void = () => undefined;

  constructor(input: Iterator<RerankRequest<T>> | AsyncIterator<RerankRequest<T>>, run: Run<T>) {
    this.#input = input;
    this.#run = run;
    this.#stopListening = run.onAbort((reason) => this.#fail(reason));
    run.closing.addEventListener('abort', this.#onClosing);
    if (run.closing.aborted) {
      this.#onClosing();
    }
  }

  /** @returns the next outcome, in the order in which they come in; undefined after the last */
  async next(): Promise<RerankOutcome<T> | undefined> {
    for (;;) {
      throwIfFailed(this.#failure);
      const outcome = this.#outcomes.shift();
      void this.#fill();
      if (outcome !== undefined) {
        return outcome;
      }
      if (this.#inFlight === 0 && (this.#lastly !== undefined || this.#isDone)) {
        throwIfFailed(this.#lastly);
        return undefined;
      }
      // oxlint-disable-next-line no-await-in-loop
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Calls `onProgress`. An asynchronous one that rejects ends the run, like one that throws. */
  report(progress: RerankProgress): void {
    const returned: unknown = this.#run.onProgress?.(progress);
    onRejection(returned, (reason) => this.#fail(reason));
  }

  /** Aborts requests in flight, and closes the input. */
  async stop(): Promise<void> {
    this.#stopListening();
    this.#run.closing.removeEventListener('abort', this.#onClosing);
    this.#controller.abort();
    if (this.#exhausted) {
      return;
    }
    this.#exhausted = true;
    const returned = this.#returnInput();
    // An input that hangs in next() would hang in return() as well, and its failure must not hide why the run ended.
    if (this.#isFilling || this.#failure !== undefined || this.#lastly !== undefined) {
      returned.catch(() => undefined);
    } else {
      await returned;
    }
  }

  async #returnInput(): Promise<void> {
    await this.#input.return?.();
  }

  /** Starts requests while there is room, one of them alone after a rate limit. */
  async #fill(): Promise<void> {
    if (this.#isFilling) {
      return;
    }
    this.#isFilling = true;
    try {
      while (this.#hasRoom()) {
        // oxlint-disable-next-line no-await-in-loop
        const next = this.#again.shift() ?? (await this.#read());
        if (next !== undefined && !this.#controller.signal.aborted) {
          void this.#start(next);
        }
      }
    } catch (error) {
      this.#exhausted = true;
      this.#lastly ??= { reason: error };
    } finally {
      this.#isFilling = false;
      this.#wake();
    }
  }

  async #read(): Promise<Numbered<T> | undefined> {
    const result = await this.#input.next();
    if (typeof result !== 'object' || result === null) {
      // As for…of says it; otherwise the outcomes of such an input would never end.
      throw new TypeError(`Iterator result ${String(result)} is not an object`);
    }
    if (result.done === true) {
      this.#exhausted = true;
      return undefined;
    }
    const index = this.#index;
    this.#index += 1;
    return { index, request: result.value };
  }

  async #start(next: Numbered<T>): Promise<void> {
    const { index, request } = next;
    const pauses = this.#pauses;
    this.#inFlight += 1;
    try {
      const response = await this.#run.rerank(request, this.#controller.signal);
      // The limit has lifted only if the request was sent after the last pause.
      this.#pauses = pauses === this.#pauses ? 0 : this.#pauses;
      this.#outcomes.push({ index, response });
    } catch (error) {
      if (!(error instanceof DiagnosedError) || this.#run.endsRun(error)) {
        this.#lastly ??= { reason: error };
      } else if (error instanceof RateLimitError) {
        this.#again.push(next);
        void this.#pause(error.retryAfterMs);
      } else {
        this.#outcomes.push({ index, error });
      }
    } finally {
      this.#inFlight -= 1;
      this.#wake();
    }
  }

  /** Stops the whole run until a rate limit lifts. */
  async #pause(retryAfterMs = FIRST_PAUSE_MS * 2 ** this.#pauses): Promise<void> {
    const pauseMs = Math.min(Math.max(retryAfterMs, MIN_PAUSE_MS), MAX_PAUSE_MS);
    const endsAt = performance.now() + pauseMs;
    this.#pauseEndsAt = Math.max(this.#pauseEndsAt, endsAt);
    if (this.#isPaused) {
      return;
    }
    this.#isPaused = true;
    this.#pauses += 1;
    const end = AbortSignal.any([this.#controller.signal, this.#run.closing]);
    try {
      // Requests that were in flight may have met a longer limit meanwhile.
      for (let left = pauseMs; left > 0; left = this.#pauseEndsAt - performance.now()) {
        // oxlint-disable-next-line no-await-in-loop
        await this.#run.pause(left, end);
      }
    } catch (reason) {
      this.#lastly ??= { reason };
    } finally {
      this.#isPaused = false;
      this.#wake();
    }
  }

  #hasRoom(): boolean {
    const limit = this.#pauses === 0 ? this.#run.concurrency : 1;
    const goesOn = this.#failure === undefined && this.#lastly === undefined && !this.#isPaused;
    return goesOn && !this.#isDone && this.#inFlight + this.#outcomes.length < limit;
  }

  /** Returns true if no request is left to start. */
  get #isDone(): boolean {
    return this.#exhausted && this.#again.length === 0;
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
