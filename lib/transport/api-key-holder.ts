import { setTimeout as pause } from 'node:timers/promises';
import type { ApiKeySource } from '../config/api-key/api-key-source.interface.js';
import type { Secret } from '../config/api-key/secret.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';

const LOOK_AGAIN_MS = 1_000;
const ASK_AGAIN_MS = 5_000;
/** How long a source may lag behind Cohere, and how often it is read meanwhile. */
const LAG_READINGS = 3;
const LAG_MS = 250;

/** What Cohere says of a key when it is asked directly. */
export type KeyAnswer = 'valid' | 'refused' | 'unknown';

/**
 * What became of a key that a request was refused with: another is in its place, Cohere itself calls it
 * valid, Cohere could not be asked, or it confirmed the refusal.
 */
export type KeyRenewal = 'changed' | 'spurious' | 'unconfirmed' | 'refused';

interface Rejection {
  readonly key: Secret;
  readonly diagnosis: Diagnosis;
  askedAt: number;
}

export interface ApiKeyHolderOptions {
  /** Milliseconds of a clock that never goes back. */
  readonly now?: (() => number) | undefined;
  /** Takes the first 401 for the truth and remembers nothing: for tests, which script each call. */
  readonly believesEachRefusal?: boolean | undefined;
}

/**
 * The key of one instance over its life: read at boot, read again when its place may hold another, when
 * Cohere refuses it, and when the app asks for it. All calls that wait for a reading share one. A reading
 * that yields no key leaves the last good one in use.
 */
export class ApiKeyHolder {
  readonly #source: ApiKeySource;
  readonly #now: () => number;
  readonly #believesEachRefusal: boolean;
  #current: Secret | undefined;
  #reading: Promise<void> | undefined;
  #renewal: Promise<KeyRenewal> | undefined;
  #rejection: Rejection | undefined;
  #lookedAt: number;
  #isLooking = false;

  constructor(
    source: ApiKeySource,
    initial: Secret | undefined,
    { now = () => performance.now(), believesEachRefusal = false }: ApiKeyHolderOptions = {},
  ) {
    this.#source = source;
    this.#current = initial;
    this.#now = now;
    this.#believesEachRefusal = believesEachRefusal;
    this.#lookedAt = now();
  }

  get current(): Secret | undefined {
    return this.#current;
  }

  /** Where the key comes from, as a person calls the place. */
  get sourceName(): string {
    return this.#source.name;
  }

  /** Why Cohere refuses the key in use, which it has confirmed; until it takes it back, calls fail with this. */
  get rejection(): Diagnosis | undefined {
    const rejection = this.#rejection;
    return rejection !== undefined && this.#isCurrent(rejection.key)
      ? rejection.diagnosis
      : undefined;
  }

  /**
   * Looks, at most once a second, whether the place holds another key by now, and reads it. Costs the
   * other calls nothing, also where the look itself hangs, as it does on a file system that is gone. A place
   * that cannot tell is read while the key is refused.
   */
  refresh(): Promise<void> | undefined {
    const now = this.#now();
    if (this.#isLooking || now - this.#lookedAt < LOOK_AGAIN_MS) {
      return undefined;
    }
    this.#lookedAt = now;
    this.#isLooking = true;
    return this.#readIfChanged().finally(() => {
      this.#isLooking = false;
    });
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
   * What to do about a key that a request was refused with, all callers together: read the place once more;
   * if the key is the same, ask Cohere; if it confirms, give a place that may lag a moment. Only then the
   * refusal is remembered.
   */
  renew(
    refused: Secret,
    diagnosis: Diagnosis,
    ask: (key: Secret) => Promise<KeyAnswer>,
  ): Promise<KeyRenewal> {
    if (!this.#isCurrent(refused)) {
      return Promise.resolve('changed');
    }
    this.#renewal ??= this.#renew(refused, diagnosis, ask).finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  /** Remembers that Cohere refuses the key. */
  reject(key: Secret, diagnosis: Diagnosis): void {
    if (!this.#believesEachRefusal) {
      this.#rejection = { key, diagnosis, askedAt: this.#now() };
    }
  }

  /** Whether it is time to ask Cohere again about a refused key; true for one caller every five seconds. */
  claimQuestion(): boolean {
    const rejection = this.#rejection;
    if (rejection === undefined || this.#now() - rejection.askedAt < ASK_AGAIN_MS) {
      return false;
    }
    rejection.askedAt = this.#now();
    return true;
  }

  /** Cohere accepted the key, whatever it said before. */
  accept(key: Secret): void {
    if (this.#rejection?.key.equals(key) === true) {
      this.#rejection = undefined;
    }
  }

  async #renew(
    refused: Secret,
    diagnosis: Diagnosis,
    ask: (key: Secret) => Promise<KeyAnswer>,
  ): Promise<KeyRenewal> {
    await this.#readKeepingLastGood();
    if (!this.#isCurrent(refused)) {
      return 'changed';
    }
    const answer = this.#believesEachRefusal ? 'refused' : await ask(refused);
    if (!this.#isCurrent(refused)) {
      return 'changed';
    }
    if (answer !== 'refused') {
      return answer === 'valid' ? 'spurious' : 'unconfirmed';
    }
    await this.#awaitLaggingSource(refused);
    if (!this.#isCurrent(refused)) {
      return 'changed';
    }
    this.reject(refused, diagnosis);
    return 'refused';
  }

  /** A secret store hands the old key out for a moment after Cohere has dropped it. */
  async #awaitLaggingSource(refused: Secret): Promise<void> {
    if (this.#source.isOpaque !== true) {
      return;
    }
    for (let reading = 0; reading < LAG_READINGS && this.#isCurrent(refused); reading += 1) {
      // One after another, as time passes.
      // oxlint-disable-next-line no-await-in-loop
      await pause(LAG_MS);
      // oxlint-disable-next-line no-await-in-loop
      await this.#readKeepingLastGood();
    }
  }

  #isCurrent(key: Secret): boolean {
    return this.#current?.equals(key) === true;
  }

  async #readIfChanged(): Promise<void> {
    const mustRead = this.#source.isOpaque === true && this.rejection !== undefined;
    if (mustRead || (await this.#source.mayHaveChanged())) {
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
