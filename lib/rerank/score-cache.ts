import { hash } from 'node:crypto';
import type { ScoreCacheOptions, ScoreStore } from '../config/shared-stores.js';
import { abortable } from '../transport/abortable.js';
import type { EndSignal } from '../transport/call-scope.js';
import { StoreGuard } from '../transport/store-guard.js';
import {
  addGroup,
  DIGEST_LENGTH,
  formatEntry,
  isScore,
  isSpread,
  parseEntry,
  type ScoreEntry,
  type ScoreGroup,
  scoresFor,
  spreadKeys,
} from './score-entry.js';

/** Cohere itself answers within some hundred milliseconds; a slower cache saves no time. */
const STORE_TIMEOUT_MS = 500;
/** While Cohere is down, calls must not wait for the failures of many others one after another. */
const ROUNDS_TO_JOIN = 2;
const KEY_PREFIX = 'nestjs-cohere:scores:';
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
  readonly signal: EndSignal;
  /** Has texts scored, each of them once; `texts` itself where none is known. @returns one score per text, in their order */
  readonly ask: (texts: readonly string[]) => Promise<readonly number[]>;
}

export interface FoundScores {
  /** One per text, in their order. */
  readonly scores: readonly number[];
  /** Texts that were not sent: their score was in the store, or another call or place was asking for it. */
  readonly cached: number;
}

const NONE: readonly number[] = [];

/** Digests of texts, and a place of each in the list of texts. */
type Places = ReadonlyMap<string, number>;

/** By the digests of the texts. */
type Scores = Map<string, number>;

/** Scores on their way from Cohere. */
interface Flight {
  readonly places: Places;
  /** In the order of the places; undefined once it is known that they will not come. */
  readonly scores: Promise<readonly number[] | undefined>;
}

/** A query for which calls of this process are under way. */
interface OpenQuery {
  readonly key: string;
  readonly flights: Set<Flight>;
  /** What was read or written last. Calls at the same time add to it, so that none takes away what another wrote. */
  readonly entries: Map<string, ScoreEntry>;
  /** What was read before the last of them began may be out of date. */
  writes: number;
  users: number;
}

/**
 * Remembers the score of each document for a query. Cohere scores each document by itself, so that scores
 * from different requests make one exact ranking, and only documents it has not seen need to be sent.
 * Concurrent calls of this process share what they ask for. All scores of a query are under one key of the
 * store, because a store costs by the key. Two processes that write there at the same moment may lose scores of
 * each other; those are asked for again. Keys are hashes, and values are hashes and scores; no query and no
 * document is stored.
 */
export class ScoreCache {
  readonly #store: ScoreStore;
  readonly #ttlMs: number;
  readonly #deployment: string;
  readonly #guard: StoreGuard;
  readonly #failures: StoreFailures;
  readonly #open = new Map<string, OpenQuery>();

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
    const open = this.#enter(keyOf(this.#deployment, query));
    try {
      const digests = texts.map(digestOf);
      const places = new Map<string, number>();
      digests.forEach((digest, place) => places.set(digest, place));
      const found = await this.#read(open, places, signal);
      let sent = 0;
      let missing = without(places, found);
      for (let round = 1; missing.size > 0; round += 1) {
        // A call that this one joins may fail or be aborted. That is its own affair: the next round asks again.
        const { joined, own } = claim(open, missing, round);
        sent += own.size;
        if (own.size === texts.length) {
          // oxlint-disable-next-line no-await-in-loop
          return { scores: await this.#fetch(open, own, () => ask(texts)), cached: 0 };
        }
        const asking = own.size === 0 ? NONE : this.#fetch(open, own, () => ask(pick(texts, own)));
        const landing =
          joined.length === 0
            ? []
            : abortable(Promise.all(joined.map(({ scores }) => scores)), signal);
        // oxlint-disable-next-line no-await-in-loop
        const [asked, landed] = await Promise.all([asking, landing]);
        addScores(own, asked, found);
        joined.forEach(({ places: theirs }, flight) => addScores(theirs, landed[flight], found));
        missing = without(missing, found);
      }
      const scores = digests.map((digest) => found.get(digest) ?? 0);
      return { scores, cached: texts.length - sent };
    } finally {
      this.#leave(open);
    }
  }

  #enter(key: string): OpenQuery {
    const open = this.#open.get(key) ?? {
      key,
      flights: new Set(),
      entries: new Map(),
      writes: 0,
      users: 0,
    };
    open.users += 1;
    this.#open.set(key, open);
    return open;
  }

  #leave(open: OpenQuery): void {
    open.users -= 1;
    if (open.users === 0) {
      this.#open.delete(open.key);
    }
  }

  /** Asks for the scores, and lets calls that need the same ones join. */
  async #fetch(
    open: OpenQuery,
    places: Places,
    ask: () => Promise<readonly number[]>,
  ): Promise<readonly number[]> {
    const asking = ask().then((scores) => checkedScores(scores, places.size));
    const flight: Flight = { places, scores: asking.catch(() => undefined) };
    open.flights.add(flight);
    open.users += 1;
    const land = () => {
      open.flights.delete(flight);
      this.#leave(open);
    };
    try {
      const scores = await asking;
      // A call that comes before the store has them joins the flight.
      void this.#write(open, places, scores).finally(land);
      return scores;
    } catch (error) {
      land();
      throw error;
    }
  }

  async #read(open: OpenQuery, places: Places, signal: EndSignal): Promise<Scores> {
    let entries = await this.#readEntries(open, [open.key], signal);
    if (entries.some(isSpread)) {
      entries = await this.#readEntries(open, spreadKeys(open.key, places.keys()), signal);
    }
    const found: Scores = new Map();
    const now = Date.now();
    for (const entry of entries) {
      for (const [digest, score] of scoresFor(entry, places, now)) {
        found.set(digest, score);
      }
    }
    return found;
  }

  /** @returns those that could be read */
  async #readEntries(
    open: OpenQuery,
    keys: string[],
    signal: EndSignal,
  ): Promise<readonly ScoreEntry[]> {
    if (this.#guard.isPaused) {
      return [];
    }
    const { writes } = open;
    const failuresBefore = this.#failures.count;
    const answer = await this.#guard.ask(() => this.#store.mget(keys), signal);
    if (!answer.ok) {
      return [];
    }
    if (this.#failures.count > failuresBefore) {
      this.#guard.warn(this.#failures.last);
    }
    const values: unknown = answer.value;
    if (!Array.isArray(values) || values.length !== keys.length) {
      this.#guard.warn(new Error('mget() did not return one value per key'));
      return [];
    }
    return keys.map((key, place) => {
      const entry = this.#toEntry(values[place]);
      if (open.writes === writes) {
        open.entries.set(key, entry);
      }
      return entry;
    });
  }

  #toEntry(value: unknown): ScoreEntry {
    if (value === undefined || value === null) {
      return [];
    }
    const entry = parseEntry(value);
    if (entry === undefined) {
      this.#guard.warn(new Error('it contains a value that is not a list of scores from 0 to 1'));
    }
    return entry ?? [];
  }

  async #write(open: OpenQuery, places: Places, scores: readonly number[]): Promise<void> {
    const now = Date.now();
    const group = toGroup(places, scores, now + this.#ttlMs);
    if (this.#guard.isPaused || group.scores.length === 0) {
      return;
    }
    const list: { key: string; value: string; ttl: number }[] = [];
    for (const [key, entry] of addGroup(open.key, open.entries, group, now)) {
      open.entries.set(key, entry);
      list.push({ key, value: formatEntry(entry), ttl: this.#ttlMs });
    }
    if (list.length > 0) {
      open.writes += 1;
      await this.#guard.ask(() => this.#store.mset(list));
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

/** What other calls are asking for already, and what is left to ask for. */
function claim(
  { flights }: OpenQuery,
  missing: Places,
  round: number,
): { joined: readonly Flight[]; own: Places } {
  if (flights.size === 0 || round > ROUNDS_TO_JOIN) {
    return { joined: [], own: missing };
  }
  const all = [...flights];
  const joined = new Set<Flight>();
  const own = new Map<string, number>();
  for (const [digest, place] of missing) {
    const flight = all.find(({ places }) => places.has(digest));
    if (flight === undefined) {
      own.set(digest, place);
    } else {
      joined.add(flight);
    }
  }
  return { joined: [...joined], own };
}

function keyOf(deployment: string, { model, query, maxTokensPerDoc }: ScoredQuery): string {
  const all = JSON.stringify([2, deployment, model, query, maxTokensPerDoc ?? null]);
  return KEY_PREFIX + hash('sha256', all, 'hex');
}

function digestOf(text: string): string {
  // UTF-8 has no half of a surrogate pair: all of them would hash alike.
  const digest = LONE_SURROGATE.test(text)
    ? hash('sha512', JSON.stringify(text), 'base64url')
    : hash('sha256', text, 'base64url');
  return digest.slice(0, DIGEST_LENGTH);
}

function toGroup(places: Places, scores: readonly number[], expiresAt: number): ScoreGroup {
  const digests = [...places.keys()];
  return scores.some((score) => !isScore(score))
    ? {
        expiresAt,
        digests: digests.filter((_, place) => isScore(scores[place])).join(''),
        scores: scores.filter(isScore),
      }
    : { expiresAt, digests: digests.join(''), scores };
}

/** One that is missing would be asked for again without end. */
function checkedScores(scores: readonly number[], count: number): readonly number[] {
  if (scores.length !== count || scores.some((score) => Number.isNaN(score))) {
    throw new Error(`not one score for each of ${count} documents`);
  }
  return scores;
}

function without(places: Places, found: Scores): Places {
  return found.size === 0
    ? places
    : new Map(Array.from(places).filter(([digest]) => !found.has(digest)));
}

function addScores(places: Places, scores: readonly number[] | undefined, found: Scores): void {
  if (scores === undefined) {
    return;
  }
  let place = 0;
  for (const digest of places.keys()) {
    const score = scores[place];
    if (score !== undefined) {
      found.set(digest, score);
    }
    place += 1;
  }
}

function pick(texts: readonly string[], places: Places): readonly string[] {
  return Array.from(places.values(), (place) => texts[place] ?? '');
}
