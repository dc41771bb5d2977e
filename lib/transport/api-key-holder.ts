import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import type { ApiKeySource } from '../config/api-key/api-key-source.interface.js';
import type { Secret } from '../config/api-key/secret.js';

const REJECTION_REMEMBERED_MS = 30_000;
const LOOK_AGAIN_MS = 1_000;

interface Rejection {
  readonly key: Secret;
  readonly diagnosis: Diagnosis;
  readonly until: number;
}

/**
 * The key of one instance over its life: read at boot, read again when its place may hold another, when
 * Cohere refuses it, and when the app asks for it. All calls that wait for a reading share one. A reading
 * that yields no key leaves the last good one in use.
 */
export class ApiKeyHolder {
  readonly #source: ApiKeySource;
  readonly #now: () => number;
  #current: Secret | undefined;
  #reading: Promise<void> | undefined;
  #rejection: Rejection | undefined;
  #lookedAt: number;

  /** @param now milliseconds of a clock that never goes back */
  constructor(
    source: ApiKeySource,
    initial: Secret | undefined,
    now: () => number = () => performance.now(),
  ) {
    this.#source = source;
    this.#current = initial;
    this.#now = now;
    this.#lookedAt = now();
  }

  get current(): Secret | undefined {
    return this.#current;
  }

  /** Where the key comes from, as a person calls the place. */
  get sourceName(): string {
    return this.#source.name;
  }

  /** Why Cohere refused the key in use less than 30 seconds ago; until then, asking again is no use. */
  get rejection(): Diagnosis | undefined {
    const rejection = this.#rejection;
    if (rejection === undefined || this.#now() >= rejection.until) {
      return undefined;
    }
    return this.#current?.equals(rejection.key) === true ? rejection.diagnosis : undefined;
  }

  /**
   * Looks, at most once a second, whether the place holds another key by now, and reads it. Costs the
   * other calls nothing.
   */
  refresh(): Promise<void> | undefined {
    const now = this.#now();
    if (now - this.#lookedAt < LOOK_AGAIN_MS) {
      return undefined;
    }
    this.#lookedAt = now;
    return this.#readIfChanged();
  }

  /**
   * Reads the place now, and forgets that a key was refused.
   *
   * @throws AuthenticationError when there is no key, or what is there cannot be one; the last good key
   *   stays in use
   */
  async reload(): Promise<void> {
    // A reading that is already under way may have missed what the caller knows of.
    await this.#reading?.catch(() => undefined);
    await this.#read();
    this.#rejection = undefined;
  }

  /**
   * What to do about a key Cohere refused: read the place once more, all callers together.
   *
   * @returns whether another key is in use now. If not, this one counts as refused for 30 seconds.
   */
  async renew(refused: Secret, diagnosis: Diagnosis): Promise<boolean> {
    if (this.#isCurrent(refused)) {
      await this.#readKeepingLastGood();
    }
    if (!this.#isCurrent(refused)) {
      return true;
    }
    this.#rejection = { key: refused, diagnosis, until: this.#now() + REJECTION_REMEMBERED_MS };
    return false;
  }

  /** Cohere accepted the key after all. */
  accept(key: Secret): void {
    if (this.#rejection?.key.equals(key) === true) {
      this.#rejection = undefined;
    }
  }

  #isCurrent(key: Secret): boolean {
    return this.#current?.equals(key) === true;
  }

  async #readIfChanged(): Promise<void> {
    if (await this.#source.mayHaveChanged()) {
      await this.#readKeepingLastGood();
    }
  }

  async #readKeepingLastGood(): Promise<void> {
    try {
      await this.#read();
    } catch {
      // A file may be empty for a moment while it is written. If the old key is dead, its 401 says so.
    }
  }

  #read(): Promise<void> {
    this.#reading ??= this.#readSource();
    return this.#reading;
  }

  async #readSource(): Promise<void> {
    try {
      this.#current = await this.#source.read();
    } finally {
      this.#reading = undefined;
    }
  }
}
