interface Waiter {
  readonly start: () => void;
  next: Waiter | undefined;
  cancelled: boolean;
}

/**
 * Lets at most `limit` requests be in flight, the others wait in the order they came. Written here
 * because p-limit cannot take a waiter out of its queue when the caller aborts.
 */
export class ConcurrencyLimit {
  readonly #limit: number;
  #inFlight = 0;
  #first: Waiter | undefined;
  #last: Waiter | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Takes a place if one is free, which none is while others wait; the usual case, and it costs no promise. */
  tryAcquire(): boolean {
    if (this.#inFlight >= this.#limit) {
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
  acquire(signal: AbortSignal): Promise<void> {
    if (signal.aborted) {
      return Promise.reject(signal.reason);
    }
    if (this.tryAcquire()) {
      return Promise.resolve();
    }
    return new Promise<void>((resolve, reject) => {
      const abort = () => {
        waiter.cancelled = true;
        this.#dropCancelled();
        reject(signal.reason);
      };
      const waiter: Waiter = {
        start: () => {
          signal.removeEventListener('abort', abort);
          resolve();
        },
        next: undefined,
        cancelled: false,
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#append(waiter);
    });
  }

  /** Gives the place to the one who has waited longest. */
  release(): void {
    this.#dropCancelled();
    const waiter = this.#first;
    if (waiter === undefined) {
      this.#inFlight -= 1;
      return;
    }
    this.#removeFirst(waiter);
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

  #removeFirst(waiter: Waiter): void {
    this.#first = waiter.next;
    if (this.#first === undefined) {
      this.#last = undefined;
    }
  }

  #dropCancelled(): void {
    while (this.#first?.cancelled === true) {
      this.#removeFirst(this.#first);
    }
  }
}
