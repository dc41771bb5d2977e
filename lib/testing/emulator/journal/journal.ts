import type { OpenRecord, RecordedRequest, RequestCounters } from './recorded-request.js';

const MAX_RECORDS = 10_000;
const MAX_CHARACTERS = 64 * 1024 * 1024;

interface Entry {
  readonly record: OpenRecord;
  /** Length of its body. */
  readonly characters: number;
}

/** Keeps the latest requests, counts all, and wakes who waits for them. */
export class Journal {
  #entries: Entry[] = [];
  #characters = 0;
  #requests = 0;
  #byPath = new Map<string, number>();
  #byStatus = new Map<number, number>();
  readonly #waiting = new Set<() => void>();

  get records(): readonly RecordedRequest[] {
    return this.#entries.map(({ record }) => record);
  }

  get counters(): Omit<RequestCounters, 'rateLimited'> {
    return {
      requests: this.#requests,
      byPath: Object.fromEntries(this.#byPath),
      byStatus: Object.fromEntries(this.#byStatus),
    };
  }

  open(record: OpenRecord, characters: number): void {
    this.#entries.push({ record, characters });
    this.#characters += characters;
    this.#requests += 1;
    increment(this.#byPath, record.path);
    this.#forgetOldest();
    for (const look of this.#waiting) {
      look();
    }
  }

  answered(record: OpenRecord, status: number): void {
    record.status = status;
    increment(this.#byStatus, status);
  }

  clear(): void {
    this.#entries = [];
    this.#characters = 0;
    this.#requests = 0;
    this.#byPath = new Map();
    this.#byStatus = new Map();
  }

  /** Resolves once `count` requests have come since the start, or since `clear()`. */
  waitFor(count: number, timeoutMs: number): Promise<void> {
    if (this.#requests >= count) {
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#waiting.delete(look);
        reject(new Error(`${this.#requests} of ${count} requests came within ${timeoutMs} ms.`));
      };
      const timer = setTimeout(giveUp, timeoutMs);
      const look = () => {
        if (this.#requests >= count) {
          clearTimeout(timer);
          this.#waiting.delete(look);
          resolve();
        }
      };
      this.#waiting.add(look);
    });
  }

  // A demo may run for weeks: what it remembers is bounded, what it counts is not.
  #forgetOldest(): void {
    while (
      this.#entries.length > 1 &&
      (this.#entries.length > MAX_RECORDS || this.#characters > MAX_CHARACTERS)
    ) {
      this.#characters -= this.#entries.shift()?.characters ?? 0;
    }
  }
}

function increment<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
