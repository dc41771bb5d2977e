/** Characters of a digest: 128 bits in Base64. */
export const DIGEST_LENGTH = 22;
/** Some 40 bytes each. A query with more documents has them spread over more entries. */
export const MAX_SCORES_PER_ENTRY = 4_000;
const DIGESTS = /^[\w-]*$/;
const SPREAD = 'spread';

/** Scores that were stored together, and are forgotten together. */
export interface ScoreGroup {
  /** In milliseconds since 1970. */
  readonly expiresAt: number;
  /** One after another: a thousand of them are one text to store. */
  readonly digests: string;
  /** In the order of their digests. */
  readonly scores: readonly number[];
}

/**
 * What is under one key of the store: scores, or the word that this query has so many that they are under
 * keys of their own, by the first character of their digest.
 */
export type ScoreEntry = typeof SPREAD | readonly ScoreGroup[];

/** What is under the keys of one query; a key that could not be read is not there. */
export type ScoreEntries = ReadonlyMap<string, ScoreEntry>;

/** JSON, put together by hand in half the time: a group holds nothing that JSON would escape. */
export function formatEntry(entry: ScoreEntry): string {
  if (entry === SPREAD) {
    return JSON.stringify(SPREAD);
  }
  const groups = entry.map(
    ({ expiresAt, digests, scores }) => `[${expiresAt},"${digests}",[${scores.join(',')}]]`,
  );
  return `[${groups.join(',')}]`;
}

/** @returns undefined for anything but a whole entry: what another program or a torn write left there */
export function parseEntry(value: unknown): ScoreEntry | undefined {
  const parsed = typeof value === 'string' ? parseJson(value) : undefined;
  if (parsed === SPREAD) {
    return SPREAD;
  }
  const groups = Array.isArray(parsed) ? parsed.map(toGroup) : [undefined];
  return groups.every((group) => group !== undefined) ? groups : undefined;
}

/** The scores of those digests that have one, and are not expired. */
export function* scoresFor(
  entry: ScoreEntry,
  wanted: ReadonlyMap<string, unknown>,
  now: number,
): Iterable<readonly [digest: string, score: number]> {
  for (const group of liveGroups(entry, now)) {
    for (const [digest, score] of pairs(group)) {
      if (wanted.has(digest)) {
        yield [digest, score];
      }
    }
  }
}

/** Where scores are that are not in the first entry of a query. */
export function spreadKeys(key: string, digests: Iterable<string>): string[] {
  const first = new Set<string>();
  for (const digest of digests) {
    first.add(digest.slice(0, 1));
  }
  return Array.from(first, (character) => spreadKey(key, character));
}

export function isSpread(entry: ScoreEntry): boolean {
  return entry === SPREAD;
}

/**
 * Adds scores to what is there. An entry that was not read is not written: that would take away what it
 * holds.
 *
 * @returns the entries that change
 */
export function addGroup(
  key: string,
  known: ScoreEntries,
  group: ScoreGroup,
  now: number,
): ScoreEntries {
  const first = known.get(key);
  if (first === undefined) {
    return new Map();
  }
  if (first !== SPREAD) {
    const groups = [...liveGroups(first, now), group];
    return countScores(groups) <= MAX_SCORES_PER_ENTRY
      ? new Map([[key, groups]])
      : spread(key, groups);
  }
  const changes = new Map<string, ScoreEntry>([[key, SPREAD]]);
  for (const [place, parts] of spread(key, [group])) {
    const there = known.get(place);
    if (parts !== SPREAD && there !== undefined) {
      changes.set(place, newest([...liveGroups(there, now), ...parts]));
    }
  }
  return changes;
}

function spread(key: string, groups: readonly ScoreGroup[]): Map<string, ScoreEntry> {
  const entries = new Map<string, ScoreGroup[]>();
  for (const { expiresAt, ...group } of groups) {
    const parts = new Map<string, { digests: string; scores: number[] }>();
    for (const [digest, score] of pairs(group)) {
      const place = spreadKey(key, digest.slice(0, 1));
      const part = parts.get(place) ?? { digests: '', scores: [] };
      part.digests += digest;
      part.scores.push(score);
      parts.set(place, part);
    }
    for (const [place, part] of parts) {
      const entry = entries.get(place) ?? [];
      entry.push({ expiresAt, ...part });
      entries.set(place, entry);
    }
  }
  const capped = Array.from(entries, ([place, entry]) => [place, newest(entry)] as const);
  return new Map<string, ScoreEntry>([[key, SPREAD], ...capped]);
}

function spreadKey(key: string, character: string): string {
  return `${key}:${character}`;
}

/** As many scores as an entry may hold. */
function newest(groups: readonly ScoreGroup[]): readonly ScoreGroup[] {
  let excess = countScores(groups) - MAX_SCORES_PER_ENTRY;
  if (excess <= 0) {
    return groups;
  }
  const kept: ScoreGroup[] = [];
  for (const { expiresAt, digests, scores } of groups) {
    const cut = Math.max(0, Math.min(excess, scores.length));
    excess -= cut;
    if (cut < scores.length) {
      kept.push({
        expiresAt,
        digests: digests.slice(cut * DIGEST_LENGTH),
        scores: scores.slice(cut),
      });
    }
  }
  return kept;
}

function liveGroups(entry: ScoreEntry, now: number): readonly ScoreGroup[] {
  return entry === SPREAD ? [] : entry.filter(({ expiresAt }) => expiresAt > now);
}

function countScores(groups: readonly ScoreGroup[]): number {
  return groups.reduce((count, { scores }) => count + scores.length, 0);
}

function* pairs({
  digests,
  scores,
}: Pick<ScoreGroup, 'digests' | 'scores'>): Iterable<readonly [digest: string, score: number]> {
  let from = 0;
  for (const score of scores) {
    yield [digests.slice(from, from + DIGEST_LENGTH), score];
    from += DIGEST_LENGTH;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toGroup(value: unknown): ScoreGroup | undefined {
  if (!Array.isArray(value)) {
    return undefined;
  }
  const [expiresAt, digests, scores]: readonly unknown[] = value;
  return typeof expiresAt === 'number' &&
    Number.isSafeInteger(expiresAt) &&
    typeof digests === 'string' &&
    DIGESTS.test(digests) &&
    Array.isArray(scores) &&
    scores.every(isScore) &&
    digests.length === scores.length * DIGEST_LENGTH
    ? { expiresAt, digests, scores }
    : undefined;
}

export function isScore(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}
