import type { EndSignal } from './call-scope.js';

interface Waiter {
  readonly start: () => void;
  previous: Waiter | undefined;
  next: Waiter | undefined;
}

/**
 * Lets at most `limit` requests be in flight, the others wait in the order they came. Written here
 * because p-limit cannot take a waiter out of its queue when the caller aborts.
 */
export class ConcurrencyLimit {
  readonly limit: number;
  #inFlight = 0;
  #first: Waiter | undefined;
  #last: Waiter | undefined;

  constructor(limit: number) {
    this.limit = limit;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Takes a place if one is free, which none is while others wait; the usual case, and it costs no promise. */
  tryAcquire(): boolean {
    if (this.#inFlight >= this.limit) {
      return false;
    }
    this.#inFlight += 1;
    return true;
  }

  /**
   * Waits for a place. Each success must be followed by one `release()`.
   *
   * @throws the signal's reason when it aborts first
   */
  acquire(signal: EndSignal): Promise<void> {
    if (signal.aborted) {
      return Promise.reject(signal.reason);
    }
    if (this.tryAcquire()) {
      return Promise.resolve();
    }
    return new Promise<void>((resolve, reject) => {
      const abort = () => {
        this.#remove(waiter);
        reject(signal.reason);
      };
      const start = () => {
        signal.removeEventListener('abort', abort);
        resolve();
      };
      const waiter: Waiter = { start, previous: this.#last, next: undefined };
      signal.addEventListener('abort', abort, { once: true });
      this.#append(waiter);
    });
  }

  /** Gives the place to the one who has waited longest. */
  release(): void {
    const waiter = this.#first;
    if (waiter === undefined) {
      this.#inFlight -= 1;
      return;
    }
    this.#remove(waiter);
    waiter.start();
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
