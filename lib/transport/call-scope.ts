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
 * The part of an AbortSignal that a request needs. A real one per call costs a quarter of the CPU time of a small
 * call on Node 20, measured with test/bench.
 */
export interface EndSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once: true }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

type Listener = () => void;

/**
 * The lifetime of one call. Ends all its requests at its deadline, at the caller's abort, on shutdown, or once one
 * of them has failed for good. Its timer, not its sockets, keeps the process alive meanwhile. Close it in a
 * `finally`, which releases everything.
 */
export class CallScope implements EndSignal {
  readonly timeoutMs: number;
  /** True once it has sent a request. */
  isUnderWay = false;
  readonly #calls: OpenCalls;
  readonly #listeners = new Set<Listener>();
  #aborted = false;
  #reason: unknown;
  readonly #endsAt: number;
  readonly #stopListening: (() => void) | undefined;
  #timer: NodeJS.Timeout;

  constructor(calls: OpenCalls, { timeoutMs, signal }: CallScopeOptions) {
    this.#calls = calls;
    this.timeoutMs = timeoutMs ?? Infinity;
    this.#endsAt = performance.now() + this.timeoutMs;
    this.#timer =
      timeoutMs === undefined
        ? aliveUntilCleared()
        : setTimeout(() => this.#end(DEADLINE_PASSED), timeoutMs);
    calls.add(this);
    if (signal?.aborted === true) {
      this.#end(signal.reason);
    } else if (signal !== undefined) {
      this.#stopListening = calls.signals.onAbort(signal, () => this.#end(signal.reason));
    }
  }

  /** True once the caller, `cancel` or the deadline has ended the call. */
  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  addEventListener(_: 'abort', listener: Listener): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_: 'abort', listener: Listener): void {
    this.#listeners.delete(listener);
  }

  get timedOut(): boolean {
    return this.#reason === DEADLINE_PASSED;
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
    if (this.#aborted) {
      throw this.#reason;
    }
  }

  /** Aborts all requests in flight; the first reason counts. */
  cancel(reason: unknown): void {
    this.#end(reason);
  }

  /** Removes the deadline, for a streamed answer; only the caller and the shutdown end it now. */
  endDeadline(): void {
    clearTimeout(this.#timer);
    this.#timer = aliveUntilCleared();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#stopListening?.();
    this.#calls.delete(this);
  }

  #end(reason: unknown): void {
    if (this.#aborted) {
      return;
    }
    this.#aborted = true;
    this.#reason = reason;
    for (const listener of this.#listeners) {
      listener();
    }
  }
}

function aliveUntilCleared(): NodeJS.Timeout {
  return setInterval(() => undefined, MAX_TIMER_MS);
}

/** The calls in flight over one transport, so that a shutdown can end them. */
export class OpenCalls {
  readonly signals = new CallerSignals();
  readonly #scopes = new Set<CallScope>();
  readonly #closing = new AbortController();
  #closed = false;
  #onIdle: () => void = () => undefined;

  constructor() {
    // Each run of rerankEach adds a listener.
    setMaxListeners(0, this.#closing.signal);
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

interface Listeners {
  readonly all: Set<Listener>;
  readonly dispatch: () => void;
}

/**
 * Subscribes to callers' signals, with one listener per signal, however many calls share it. An app may pass its
 * long-lived shutdown signal to every call; a listener for each would leak, and Node warns from the eleventh on.
 */
export class CallerSignals {
  readonly #listeners = new WeakMap<AbortSignal, Listeners>();

  /** @returns removes the listener again */
  onAbort(signal: AbortSignal, listener: Listener): () => void {
    const listeners = this.#listeners.get(signal) ?? this.#listenTo(signal);
    listeners.all.add(listener);
    return () => {
      listeners.all.delete(listener);
      if (listeners.all.size === 0) {
        signal.removeEventListener('abort', listeners.dispatch);
        this.#listeners.delete(signal);
      }
    };
  }

  #listenTo(signal: AbortSignal): Listeners {
    const all = new Set<Listener>();
    const dispatch = () => {
      for (const listener of all) {
        listener();
      }
    };
    signal.addEventListener('abort', dispatch);
    const listeners = { all, dispatch };
    this.#listeners.set(signal, listeners);
    return listeners;
  }
}
