import { setMaxListeners } from 'node:events';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { createError } from '../diagnosis/errors.js';

const NODES_LIMIT = 10;
/** Why the signal of a scope aborted: its deadline passed. Tells it apart from a caller's own reason. */
const DEADLINE_PASSED = Symbol('deadline passed');

/**
 * One call from its first to its last moment: the one deadline over queueing, attempts, waits and bodies,
 * the caller's abort, and the end of all its requests once one has failed for good. Close it in a
 * `finally`; nothing of it is left then.
 */
export class CallScope {
  readonly timeoutMs: number;
  readonly #controller = new AbortController();
  readonly #endsAt: number;
  readonly #timer: NodeJS.Timeout;
  readonly #stopListening: (() => void) | undefined;

  constructor(timeoutMs: number, callerSignal: AbortSignal | undefined, signals: CallerSignals) {
    this.timeoutMs = timeoutMs;
    this.#endsAt = performance.now() + timeoutMs;
    this.#timer = setTimeout(() => this.#controller.abort(DEADLINE_PASSED), timeoutMs);
    if (callerSignal?.aborted === true) {
      this.#controller.abort(callerSignal.reason);
    } else if (callerSignal !== undefined) {
      this.#stopListening = signals.onAbort(callerSignal, () =>
        this.#controller.abort(callerSignal.reason),
      );
    }
  }

  /** Aborts with the caller's reason, the error given to `cancel`, or at the deadline. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Every request of the call listens; from the eleventh on Node would take that for a leak. */
  expectListeners(count: number): void {
    if (count > NODES_LIMIT) {
      setMaxListeners(0, this.#controller.signal);
    }
  }

  get timedOut(): boolean {
    return this.#controller.signal.reason === DEADLINE_PASSED;
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
    this.signal.throwIfAborted();
  }

  /** Ends whatever the call still has in flight; the first reason counts. */
  cancel(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** From here on only the caller can abort: the answer is a stream, and may take as long as it takes. */
  endDeadline(): void {
    clearTimeout(this.#timer);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#stopListening?.();
  }
}

type Listener = () => void;

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
    signal.addEventListener('abort', dispatch, { once: true });
    const listeners = { all, dispatch };
    this.#listeners.set(signal, listeners);
    return listeners;
  }
}
