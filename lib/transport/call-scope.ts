import { setMaxListeners } from 'node:events';
import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { createError, type DiagnosedError } from '../diagnosis/errors.js';

/** The longest timer of Node, which fires a longer one at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** The abort reason for a passed deadline, distinct from any reason of a caller. */
const DEADLINE_PASSED = Symbol('deadline passed');

export interface CallScopeOptions {
  /** The deadline of the whole call; without it, only the caller and the shutdown end the call. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The lifetime of one call. Ends all its requests at its deadline, at the caller's abort, on shutdown, or once one
 * of them has failed for good. Its timer, not its sockets, keeps the process alive meanwhile. Close it in a
 * `finally`, which releases everything.
 */
export class CallScope {
  readonly timeoutMs: number;
  /** Aborts when the call ends early. */
  readonly signal: AbortSignal;
  readonly #calls: OpenCalls;
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #endsAt: number;
  #timer: NodeJS.Timeout;

  constructor(calls: OpenCalls, { timeoutMs, signal }: CallScopeOptions) {
    this.#calls = calls;
    this.#caller = signal;
    this.signal = this.#controller.signal;
    this.timeoutMs = timeoutMs ?? Infinity;
    this.#endsAt = performance.now() + this.timeoutMs;
    this.#timer =
      timeoutMs === undefined
        ? aliveUntilCleared()
        : setTimeout(() => this.cancel(DEADLINE_PASSED), timeoutMs);
    calls.add(this);
    if (signal?.aborted === true) {
      this.cancel(signal.reason);
    } else if (signal !== undefined) {
      allowManyListeners(signal);
      signal.addEventListener('abort', this.#onCallerAbort, { once: true });
    }
  }

  get timedOut(): boolean {
    return this.signal.reason === DEADLINE_PASSED;
  }

  get remainingMs(): number {
    return this.#endsAt - performance.now();
  }

  /**
   * @throws DiagnosedError once the deadline has passed; the reason of the caller or of `cancel`, once the
   *   signal has aborted
   */
  throwIfEnded(diagnoseTimeout: () => Diagnosis): void {
    if (this.timedOut) {
      throw createError(diagnoseTimeout());
    }
    this.signal.throwIfAborted();
  }

  /** Aborts all requests in flight; the first reason counts. */
  cancel(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** Removes the deadline, for a streamed answer; only the caller and the shutdown end it now. */
  endDeadline(): void {
    clearTimeout(this.#timer);
    this.#timer = aliveUntilCleared();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#caller?.removeEventListener('abort', this.#onCallerAbort);
    this.#calls.delete(this);
  }

  readonly #onCallerAbort = (): void => this.cancel(this.#caller?.reason);
}

/**
 * Lets any number of calls listen to one signal, such as the shutdown signal of an app: Node warns of a leak from
 * the eleventh listener on.
 */
export function allowManyListeners(signal: AbortSignal): void {
  try {
    setMaxListeners(0, signal);
  } catch {
    // A signal of another implementation has no such limit.
  }
}

function aliveUntilCleared(): NodeJS.Timeout {
  return setInterval(() => undefined, MAX_TIMER_MS);
}

/** The calls in flight over one transport, so that a shutdown can end them. */
export class OpenCalls {
  readonly #scopes = new Set<CallScope>();
  readonly #closing = new AbortController();
  #closed = false;
  #onIdle: () => void = () => undefined;

  constructor() {
    // Each run of rerankEach adds a listener.
    allowManyListeners(this.closing);
  }

  get size(): number {
    return this.#scopes.size;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Aborts when the app begins to shut down: calls in flight may finish; bulk work starts no further request. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  add(scope: CallScope): void {
    this.#scopes.add(scope);
    if (this.#closed) {
      scope.cancel(shuttingDown());
    }
  }

  delete(scope: CallScope): void {
    this.#scopes.delete(scope);
    if (this.#scopes.size === 0) {
      this.#onIdle();
    }
  }

  /** Waits until no call is in flight, for a limited time. */
  async idle(mostMs: number): Promise<void> {
    if (this.#scopes.size > 0 && mostMs > 0) {
      await new Promise<void>((resolve) => {
        // The calls themselves keep the process alive.
        const timer = setTimeout(resolve, mostMs).unref();
        this.#onIdle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Announces the shutdown. */
  beginClose(): void {
    this.#closing.abort(shuttingDown());
  }

  /** Ends every current and future call at once: in flight, queued, or backing off. */
  close(): void {
    this.beginClose();
    this.#closed = true;
    for (const scope of this.#scopes) {
      scope.cancel(shuttingDown());
    }
  }
}

function shuttingDown(): DiagnosedError {
  return createError(
    createDiagnosis('COHERE_UNREACHABLE', {
      title: 'The app is shutting down, so the call was ended.',
      detail:
        'CohereModule was closed while the call was under way, or before it. It was not refused.',
      fix: [
        'If the app is meant to stop, let the caller try again at another instance.',
        'Otherwise, find what closes the Nest application context before its last call.',
      ],
      httpStatus: 503,
    }),
  );
}
