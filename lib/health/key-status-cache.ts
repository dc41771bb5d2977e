import type { KeyStatus } from '../transport/key-facts.js';

/** The lifetime of verdicts other than `valid`: a fixed key, or a recovery of Cohere, must show soon. */
const MAX_BAD_NEWS_AGE_MS = 5_000;

interface Entry {
  readonly status: Promise<KeyStatus>;
  readonly checkedAt: number;
  /** The verdict, once known. */
  maxAgeMs: number;
}

/** Caches the last verdict per subject. Concurrent checks share one request. */
export class KeyStatusCache {
  readonly #entries = new WeakMap<object, Entry>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * @param maxAgeMs lifetime of a verdict; one other than `valid` is cached for five seconds at most
   * @throws what `check` throws, which is not cached
   */
  async get(
    subject: object,
    maxAgeMs: number,
    check: () => Promise<KeyStatus>,
  ): Promise<KeyStatus> {
    const kept = this.#entries.get(subject);
    if (kept !== undefined && this.#now() - kept.checkedAt < Math.min(maxAgeMs, kept.maxAgeMs)) {
      return kept.status;
    }
    const entry: Entry = { status: check(), checkedAt: this.#now(), maxAgeMs: Infinity };
    this.#entries.set(subject, entry);
    try {
      const status = await entry.status;
      entry.maxAgeMs = status.verdict === 'valid' ? Infinity : MAX_BAD_NEWS_AGE_MS;
      return status;
    } catch (error) {
      if (this.#entries.get(subject) === entry) {
        this.#entries.delete(subject);
      }
      throw error;
    }
  }
}
