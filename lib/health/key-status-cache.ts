import type { KeyStatus } from '../transport/key-check.js';

interface Entry {
  readonly status: Promise<KeyStatus>;
  readonly askedAt: number;
}

/** Keeps the last answer per subject, and lets questions that come together share one. */
export class KeyStatusCache {
  readonly #entries = new WeakMap<object, Entry>();

  async get(subject: object, maxAgeMs: number, ask: () => Promise<KeyStatus>): Promise<KeyStatus> {
    const kept = this.#entries.get(subject);
    if (kept !== undefined && performance.now() - kept.askedAt < maxAgeMs) {
      return kept.status;
    }
    const entry: Entry = { status: ask(), askedAt: performance.now() };
    this.#entries.set(subject, entry);
    try {
      return await entry.status;
    } catch (error) {
      this.#entries.delete(subject);
      throw error;
    }
  }
}
