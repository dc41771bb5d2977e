import type { KeyStatus } from '../transport/key-check.js';

/** A key may be repaired, and Cohere may recover, at any moment: a minute would be too long to notice it. */
const MAX_BAD_NEWS_AGE_MS = 5_000;

interface Entry {
  readonly status: Promise<KeyStatus>;
  readonly askedAt: number;
  /** Set once the answer is there. */
  maxAgeMs: number;
}

/** Keeps the last answer per subject, and lets questions that come together share one. */
export class KeyStatusCache {
  readonly #entries = new WeakMap<object, Entry>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * @param maxAgeMs how long an answer is kept; one other than `valid` is kept for five seconds at most
   * @throws what `ask` throws, which is not kept
   */
  async get(subject: object, maxAgeMs: number, ask: () => Promise<KeyStatus>): Promise<KeyStatus> {
    const kept = this.#entries.get(subject);
    if (kept !== undefined && this.#now() - kept.askedAt < Math.min(maxAgeMs, kept.maxAgeMs)) {
      return kept.status;
    }
    const entry: Entry = { status: ask(), askedAt: this.#now(), maxAgeMs: Infinity };
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
