import { AnswerTimes } from './answer-times.js';
import { InterruptedAttempt, TooLate } from './attempt-failure.js';
import type { EndSignal } from './call-scope.js';

/** A call that waits for a slot; `CallScope` is one. A plain signal is a call without a deadline. */
export interface QueuedCall extends EndSignal {
  readonly timeoutMs?: number;
  readonly remainingMs?: number;
}

interface Waiter {
  readonly call: QueuedCall;
  readonly start: () => void;
  readonly refuse: () => void;
  previous: Waiter | undefined;
  next: Waiter | undefined;
}

/**
 * Lets at most `limit` requests be in flight, the others wait in the order they came. A call that waited is
 * refused when its turn comes unless nearly all recent answers would fit into the time it has left: otherwise, under
 * overload, every call would be sent with too little time, and abandoned. Written here because p-limit
 * cannot take a waiter out of its queue when the caller aborts.
 */
export class ConcurrencyLimit {
  readonly limit: number;
  readonly #answerTimes = new AnswerTimes();
  /** Calls that have sent a request. Refusing the rest of a split call would waste what has been answered. */
  readonly #underWay = new WeakSet<QueuedCall>();
  #inFlight = 0;
  #first: Waiter | undefined;
  #last: Waiter | undefined;

  constructor(limit: number) {
    this.limit = limit;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Takes a slot if one is free, which none is while others wait; the usual case, and it costs no promise. */
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
        this.#remove(waiter);
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
      const waiter: Waiter = { call, start, refuse, previous: this.#last, next: undefined };
      call.addEventListener('abort', abort, { once: true });
      this.#append(waiter);
    });
  }

  /** Gives the slot to the call that has waited longest and can still use it. */
  release(): void {
    for (;;) {
      const waiter = this.#first;
      if (waiter === undefined) {
        this.#inFlight -= 1;
        return;
      }
      this.#remove(waiter);
      if (this.#isInTime(waiter.call)) {
        waiter.start();
        return;
      }
      waiter.refuse();
    }
  }

  /** Runs a request in a slot that was acquired, and releases it. */
  async hold<T>(call: QueuedCall, request: () => Promise<T>): Promise<T> {
    const { timeoutMs = Infinity } = call;
    const startedAt = performance.now();
    this.#underWay.add(call);
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
    return leftMs > 0 && (this.#underWay.has(call) || isExpected());
  }

  #append(waiter: Waiter): void {
    if (this.#last === undefined) {
      this.#first = waiter;
    } else {
      this.#last.next = waiter;
    }
    this.#last = waiter;
  }

  /** Also from the middle: behind a request that hangs, those who gave up must not stay in memory. */
  #remove({ previous, next }: Waiter): void {
    if (previous === undefined) {
      this.#first = next;
    } else {
      previous.next = next;
    }
    if (next === undefined) {
      this.#last = previous;
    } else {
      next.previous = previous;
    }
  }
}
