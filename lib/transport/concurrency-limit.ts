import { AnswerTimes } from './answer-times.js';
import { InterruptedAttempt, TooLate } from './attempt-failure.js';
import type { EndSignal } from './call-scope.js';

/** A call that waits for a slot. `CallScope` implements it; a plain signal is a call without a deadline. */
export interface QueuedCall extends EndSignal {
  readonly timeoutMs?: number;
  readonly remainingMs?: number;
  /** True once it has sent a request. Never shed then, so that the finished requests of a split call are not wasted. */
  isUnderWay?: boolean;
}

interface Waiter {
  readonly call: QueuedCall;
  readonly start: () => void;
  readonly refuse: () => void;
}

/**
 * Allows `limit` requests in flight; the others wait in order of arrival. Sheds a call that has waited unless nearly
 * all recent answers fit into the time it has left: under overload, every call would otherwise be sent with too
 * little time, and abandoned. p-limit cannot remove a waiter from its queue when the caller aborts.
 */
export class ConcurrencyLimit {
  readonly limit: number;
  readonly #answerTimes = new AnswerTimes();
  /** In order of arrival. */
  readonly #waiters = new Set<Waiter>();
  #inFlight = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Takes a slot without a promise, if one is free and no call waits: the usual case. */
  tryAcquire(): boolean {
    if (this.#inFlight >= this.limit) {
      return false;
    }
    this.#inFlight += 1;
    return true;
  }

  /**
   * Waits for a slot. Each success must be followed by one `release()`.
   *
   * @param hasWaited whether the call has waited before, for something else
   * @throws the reason of the call when that ends first; TooLate
   */
  acquire(call: QueuedCall, hasWaited = false): Promise<void> {
    if (call.aborted) {
      return Promise.reject(call.reason);
    }
    if (hasWaited && !this.#isInTime(call)) {
      return Promise.reject(new TooLate());
    }
    if (this.tryAcquire()) {
      return Promise.resolve();
    }
    return new Promise<void>((resolve, reject) => {
      const abort = () => {
        this.#waiters.delete(waiter);
        reject(call.reason);
      };
      const start = () => {
        call.removeEventListener('abort', abort);
        resolve();
      };
      const refuse = () => {
        call.removeEventListener('abort', abort);
        reject(new TooLate());
      };
      const waiter = { call, start, refuse };
      call.addEventListener('abort', abort, { once: true });
      this.#waiters.add(waiter);
    });
  }

  /** Passes the slot to the longest-waiting call that can still use it. */
  release(): void {
    for (const waiter of this.#waiters) {
      this.#waiters.delete(waiter);
      if (this.#isInTime(waiter.call)) {
        waiter.start();
        return;
      }
      waiter.refuse();
    }
    this.#inFlight -= 1;
  }

  /** Runs a request in an acquired slot, and releases it. */
  async hold<T>(call: QueuedCall, request: () => Promise<T>): Promise<T> {
    const { timeoutMs = Infinity } = call;
    const startedAt = performance.now();
    call.isUnderWay = true;
    try {
      const answer = await request();
      this.#answerTimes.add(performance.now() - startedAt, timeoutMs);
      return answer;
    } catch (failure) {
      if (failure instanceof InterruptedAttempt && (call.remainingMs ?? Infinity) <= 0) {
        this.#answerTimes.addUnanswered(performance.now() - startedAt, timeoutMs);
      }
      throw failure;
    } finally {
      this.release();
    }
  }

  #isInTime(call: QueuedCall): boolean {
    const leftMs = call.remainingMs ?? Infinity;
    const isExpected = () => leftMs >= this.#answerTimes.nearlyAll(call.timeoutMs ?? Infinity);
    return leftMs > 0 && (call.isUnderWay === true || isExpected());
  }
}
