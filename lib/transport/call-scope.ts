import { setMaxListeners } from 'node:events';
import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { createError, type DiagnosedError } from '../diagnosis/errors.js';

const MAX_LISTENERS_OF_NODE = 10;
/** Node fires a longer timer at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** Why the signal of a scope aborted: its deadline passed. Tells it apart from a caller's own reason. */
const DEADLINE_PASSED = Symbol('deadline passed');

export interface CallScopeOptions {
  /** Of the whole call. Left out where only the caller and the end of the app end it. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The part of an AbortSignal that a request needs. Making a whole one, and an event for it, costs a small call
 * more than most of what else it does.
 */
export interface EndSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once: true }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

type Listener = () => void;

/**
 * One call from its first to its last moment: the one deadline over conversion, queueing, attempts, waits
 * and bodies, the caller's abort, the end of the app, and the end of all its requests once one has failed
 * for good. Its timer is what keeps the process alive meanwhile; its sockets do not. Close it in a
 * `finally`; nothing of it is left then.
 */
export class CallScope implements EndSignal {
  readonly timeoutMs: number;
  readonly #calls: OpenCalls;
  readonly #listeners = new Set<Listener>();
  #aborted = false;
  #reason: unknown;
  #controller: AbortController | undefined;
  #expectsManyListeners = false;
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

  /** True once the call was ended: by its caller, by `cancel`, at its deadline. */
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

  /** A standard AbortSignal, made when it is first asked for. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#expectsManyListeners) {
        setMaxListeners(0, this.#controller.signal);
      }
      if (this.#aborted) {
        this.#controller.abort(this.#reason);
      }
    }
    return this.#controller.signal;
  }

  /** Every request of the call listens; from the eleventh on Node would take that for a leak. */
  expectListeners(count: number): void {
    if (count > MAX_LISTENERS_OF_NODE) {
      this.#expectsManyListeners = true;
      if (this.#controller !== undefined) {
        setMaxListeners(0, this.#controller.signal);
      }
    }
  }

  get timedOut(): boolean {
    return this.#reason === DEADLINE_PASSED;
  }

  get remainingMs(): number {
    return this.#endsAt - performance.now();
  }

  /**
   * @throws DiagnosedError once the deadline has passed; the caller's reason, or what `cancel` was given,
   *   once the signal has aborted
   */
  throwIfEnded(diagnoseTimeout: () => Diagnosis): void {
    if (this.timedOut) {
      throw createError(diagnoseTimeout());
    }
    if (this.#aborted) {
      throw this.#reason;
    }
  }

  /** Ends whatever the call still has in flight; the first reason counts. */
  cancel(reason: unknown): void {
    this.#end(reason);
  }

  /** From here on only the caller and the end of the app end it: the answer is a stream, and takes its time. */
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
    this.#controller?.abort(reason);
  }
}

function aliveUntilCleared(): NodeJS.Timeout {
  return setInterval(() => undefined, MAX_TIMER_MS);
}

/** The calls that are under way over one transport, so that the end of the app can end them all. */
export class OpenCalls {
  readonly signals = new CallerSignals();
  readonly #scopes = new Set<CallScope>();
  readonly #closing = new AbortController();
  #closed = false;
  #onIdle: () => void = () => undefined;

  constructor() {
    // Each run of rerankEach listens.
    setMaxListeners(0, this.#closing.signal);
  }

  get size(): number {
    return this.#scopes.size;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Aborts when the app begins to shut down: calls under way have time to end, and work in bulk starts no more. */
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

  /** Waits until no call is under way, at most so long. */
  async idle(mostMs: number): Promise<void> {
    if (this.#scopes.size > 0 && mostMs > 0) {
      await new Promise<void>((resolve) => {
        // Calls keep the process alive themselves, as long as there are any.
        const timer = setTimeout(resolve, mostMs).unref();
        this.#onIdle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Announces the end. */
  beginClose(): void {
    this.#closing.abort(shuttingDown());
  }

  /** Ends every call, and each that comes from now on, at once: in flight, queued, or between attempts. */
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
 * Listens to signals of callers, with one listener per signal however many calls share it. An app may
 * hand its long-lived shutdown signal to every call; a listener for each would leak, and Node warns from
 * the eleventh on.
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
