import type { RecordedRequest } from './recorded-request.interface.js';

/** What is known when a request arrives. */
export type Arrival = Omit<RecordedRequest, 'status' | 'durationMs' | 'body'>;

const MAX_ENTRIES = 10_000;
const MAX_BODY_CHARACTERS = 64 * 1024 * 1024;

interface Waiter {
  readonly count: number;
  readonly resolve: () => void;
}

/** One line of the journal; its outcome is filled in later. */
export class JournalEntry implements RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly fingerprint: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly at: number;
  status: number | undefined = undefined;
  durationMs: number | undefined = undefined;
  readonly #text: string;
  readonly #startedAt = performance.now();

  constructor(arrival: Arrival, text: string) {
    this.method = arrival.method;
    this.path = arrival.path;
    this.query = arrival.query;
    this.fingerprint = arrival.fingerprint;
    this.headers = arrival.headers;
    this.at = arrival.at;
    this.#text = text;
  }

  // Parsed only when somebody looks, so that recording costs a busy emulator next to nothing.
  get body(): unknown {
    return parseBody(this.#text);
  }

  get size(): number {
    return this.#text.length;
  }

  close(status: number | undefined): void {
    this.status = status;
    this.durationMs = performance.now() - this.#startedAt;
  }
}

/** Keeps the latest requests, counts all, and wakes who waits for them. */
export class Journal {
  #entries: JournalEntry[] = [];
  #characters = 0;
  #count = 0;
  #waiters: Waiter[] = [];

  get entries(): readonly RecordedRequest[] {
    return this.#entries;
  }

  get count(): number {
    return this.#count;
  }

  add(entry: JournalEntry): void {
    this.#entries.push(entry);
    this.#characters += entry.size;
    this.#count += 1;
    this.#forgetOldest();
    this.#wake();
  }

  clear(): void {
    this.#entries = [];
    this.#characters = 0;
    this.#count = 0;
  }

  /** Resolves once `count` requests have come since the start, or since `clear()`. */
  async waitFor(count: number, timeoutMs: number): Promise<void> {
    if (this.#count >= count) {
      return;
    }
    let timer: NodeJS.Timeout | undefined;
    let waiter: Waiter | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        waiter = { count, resolve };
        this.#waiters.push(waiter);
        timer = setTimeout(() => {
          reject(new Error(`${this.#count} of ${count} requests came within ${timeoutMs} ms.`));
        }, timeoutMs);
      });
    } finally {
      clearTimeout(timer);
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
    }
  }

  #wake(): void {
    for (const waiter of this.#waiters) {
      if (this.#count >= waiter.count) {
        waiter.resolve();
      }
    }
  }

  #forgetOldest(): void {
    while (
      this.#entries.length > 1 &&
      (this.#entries.length > MAX_ENTRIES || this.#characters > MAX_BODY_CHARACTERS)
    ) {
      this.#characters -= this.#entries.shift()?.size ?? 0;
    }
  }
}

function parseBody(text: string): unknown {
  if (text === '') {
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
