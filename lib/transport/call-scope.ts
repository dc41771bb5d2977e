import { setMaxListeners } from 'node:events';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { createError } from '../diagnosis/errors/create-error.js';
import type { CallerSignals } from './caller-signals.js';

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
