import { hash } from 'node:crypto';
import type { ScoreCacheOptions, ScoreStore } from '../config/shared-stores.js';
import { abortable } from '../transport/abortable.js';
import { StoreGuard } from '../transport/store-guard.js';

/** Cohere itself answers within some hundred milliseconds; a slower cache saves no time. */
const STORE_TIMEOUT_MS = 500;
/** While Cohere is down, calls must not wait for the failures of many others one after another. */
const ROUNDS_TO_JOIN = 2;
const KEY_PREFIX = 'nestjs-cohere:score:';
const LONE_SURROGATE = /\p{Surrogate}/u;

/** All that the score of a text depends on, besides the text. */
export interface ScoredQuery {
  readonly model: string;
  readonly query: string;
  readonly maxTokensPerDoc?: number | undefined;
}

export interface ScoreLookup {
  readonly query: ScoredQuery;
  /** None of them blank. */
  readonly texts: readonly string[];
  /** Ends all waiting. */
  readonly signal: AbortSignal;
  /** Has texts scored, each of them once. @returns one score per text, in their order */
  readonly ask: (texts: readonly string[]) => Promise<readonly number[]>;
}

export interface FoundScores {
  /** One per text, in their order. */
  readonly scores: readonly number[];
  /** Texts that were not sent: their score was in the store, or another call or place was asking for it. */
  readonly cached: number;
}

/** By the keys of the texts. */
type Scores = ReadonlyMap<string, number>;

/** Scores on their way from Cohere; undefined once it is known that they will not come. */
type Flight = Promise<Scores | undefined>;

const NOTHING: Flight = Promise.resolve(undefined);
const NONE: Promise<readonly (Scores | undefined)[]> = Promise.resolve([]);

/**
 * Remembers the score of each document for a query. Cohere scores each document by itself, so that scores
 * from different requests make one exact ranking, and only documents it has not seen need to be sent.
 * Concurrent calls of this process share what they ask for. Keys are hashes and values are scores; no
 * query and no document is stored.
 */
export class ScoreCache {
  readonly #store: ScoreStore;
  readonly #ttlMs: number;
  readonly #deployment: string;
  readonly #guard: StoreGuard;
  readonly #failures: StoreFailures;
  readonly #inFlight = new Map<string, Flight>();

  constructor({
    store,
    ttlMs,
    deployment,
    warn,
  }: ScoreCacheOptions & {
    /** Base URL of the deployment: another one may score differently under the same model id. */
    readonly deployment: string;
    readonly warn: (message: string) => void;
  }) {
    this.#store = store;
    this.#ttlMs = ttlMs;
    this.#deployment = deployment;
    this.#failures = failuresOf(store);
    this.#guard = new StoreGuard({
      option: 'scoreCache',
      consequence: 'Documents are sent to Cohere without it until it works again.',
      timeoutMs: STORE_TIMEOUT_MS,
      warn,
    });
  }

  /** @throws what `ask` throws; the reason of the signal when it aborts */
  async lookUp({ query, texts, signal, ask }: ScoreLookup): Promise<FoundScores> {
    const prefix = keyPrefix(this.#deployment, query);
    const keys = texts.map((text) => keyOf(prefix, text));
    const textOf = new Map(keys.map((key, place) => [key, texts[place] ?? '']));
    const found = await abortable(this.#read([...textOf.keys()]), signal);
    let missing = [...textOf.keys()].filter((key) => !found.has(key));
    let sent = 0;
    for (let round = 1; missing.length > 0; round += 1) {
      // A call that this one joins may fail or be aborted. That is its own affair: the next round asks again.
      const { joined, own } = this.#claim(missing, round);
      sent += own.length;
      const asking = own.length === 0 ? NOTHING : this.#fetch(own, () => ask(pick(own, textOf)));
      const landing = joined.length === 0 ? NONE : abortable(Promise.all(joined), signal);
      // oxlint-disable-next-line no-await-in-loop
      const [asked, landed] = await Promise.all([asking, landing]);
      addScores(missing, [asked, ...landed], found);
      missing = missing.filter((key) => !found.has(key));
    }
    return { scores: pick(keys, found), cached: texts.length - sent };
  }

  /** What other calls are asking for already, and what is left to ask for. */
  #claim(keys: readonly string[], round: number): { joined: readonly Flight[]; own: string[] } {
    const joined = new Set<Flight>();
    const own = keys.filter((key) => {
      const flight = round > ROUNDS_TO_JOIN ? undefined : this.#inFlight.get(key);
      if (flight !== undefined) {
        joined.add(flight);
      }
      return flight === undefined;
    });
    return { joined: [...joined], own };
  }

  /** Asks for the scores, and lets calls that need the same ones join. */
  async #fetch(keys: readonly string[], ask: () => Promise<readonly number[]>): Promise<Scores> {
    const asking = ask().then((scores) => pair(keys, scores));
    const flight: Flight = asking.catch(() => undefined);
    for (const key of keys) {
      this.#inFlight.set(key, flight);
    }
    const land = () => {
      for (const key of keys) {
        if (this.#inFlight.get(key) === flight) {
          this.#inFlight.delete(key);
        }
      }
    };
    try {
      const scores = await asking;
      // A call that comes before the store has them joins the flight.
      void this.#write(scores).finally(land);
      return scores;
    } catch (error) {
      land();
      throw error;
    }
  }

  async #read(keys: string[]): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    if (this.#guard.isPaused) {
      return found;
    }
    const failuresBefore = this.#failures.count;
    const answer = await this.#guard.ask(async () => this.#store.mget(keys));
    if (!answer.ok) {
      return found;
    }
    if (this.#failures.count > failuresBefore) {
      this.#guard.warn(this.#failures.last);
    }
    const values: unknown = answer.value;
    if (!Array.isArray(values) || values.length !== keys.length) {
      this.#guard.warn(new Error('mget() did not return one value per key'));
      return found;
    }
    keys.forEach((key, place) => {
      const value: unknown = values[place];
      if (isScore(value)) {
        found.set(key, value);
      } else if (value !== undefined && value !== null) {
        this.#guard.warn(new Error('it contains a value that is not a score from 0 to 1'));
      }
    });
    return found;
  }

  async #write(scores: Scores): Promise<void> {
    if (this.#guard.isPaused) {
      return;
    }
    const list: { key: string; value: number; ttl: number }[] = [];
    for (const [key, value] of scores) {
      if (isScore(value)) {
        list.push({ key, value, ttl: this.#ttlMs });
      }
    }
    if (list.length > 0) {
      await this.#guard.ask(async () => this.#store.mset(list), true);
    }
  }
}

interface StoreFailures {
  readonly count: number;
  readonly last: unknown;
}

const watchedStores = new WeakMap<ScoreStore, StoreFailures>();

/**
 * cache-manager answers a failed read as if nothing were there, and tells its listeners alone. One listener
 * per store, however many modules use it: Node warns from the eleventh on.
 */
function failuresOf(store: ScoreStore): StoreFailures {
  const known = watchedStores.get(store);
  if (known !== undefined) {
    return known;
  }
  const failures: { count: number; last: unknown } = { count: 0, last: undefined };
  watchedStores.set(store, failures);
  if ('on' in store && typeof store.on === 'function') {
    store.on('mget', (event: unknown) => {
      if (typeof event === 'object' && event !== null && 'error' in event) {
        failures.count += 1;
        failures.last = event.error;
      }
    });
  }
  return failures;
}

/** Of one length, so that no other split of the same characters hashes to the same key. */
function keyPrefix(deployment: string, { model, query, maxTokensPerDoc }: ScoredQuery): string {
  const all = JSON.stringify([1, deployment, model, query, maxTokensPerDoc ?? null]);
  return hash('sha256', all, 'base64url');
}

function keyOf(prefix: string, text: string): string {
  // UTF-8 has no half of a surrogate pair: all of them would hash alike.
  const [form, unambiguous] = LONE_SURROGATE.test(text) ? ['j', JSON.stringify(text)] : ['t', text];
  return KEY_PREFIX + hash('sha256', prefix + form + unambiguous, 'hex');
}

function pair(keys: readonly string[], scores: readonly number[]): Scores {
  const pairs = new Map<string, number>();
  keys.forEach((key, place) => {
    const score = scores[place];
    if (score === undefined) {
      throw new Error(`${scores.length} scores for ${keys.length} documents`);
    }
    pairs.set(key, score);
  });
  return pairs;
}

function addScores(
  keys: readonly string[],
  flights: readonly (Scores | undefined)[],
  found: Map<string, number>,
): void {
  for (const key of keys) {
    for (const flight of flights) {
      const score = flight?.get(key);
      if (score !== undefined) {
        found.set(key, score);
      }
    }
  }
}

function pick<V>(keys: readonly string[], values: ReadonlyMap<string, V>): V[] {
  const picked: V[] = [];
  for (const key of keys) {
    const value = values.get(key);
    if (value !== undefined) {
      picked.push(value);
    }
  }
  return picked;
}

function isScore(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}
