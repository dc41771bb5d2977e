const MAX_NAME = 100;

/**
 * Returns the candidate that a name probably stands for, ignoring case: at most `limit` edits away, or with words left
 * out (`COHERE_TIMEOUT` for `COHERE_TIMEOUT_MS`). Prefers the nearest, then the first.
 */
export function closestName(
  name: string,
  candidates: readonly string[],
  limit = 2,
): string | undefined {
  if (name.length > MAX_NAME) {
    return undefined;
  }
  const scored = candidates
    .map((candidate) => ({ candidate, distance: distanceTo(name, candidate, limit) }))
    .filter(({ distance }) => distance !== Infinity)
    .toSorted((one, other) => one.distance - other.distance);
  return scored[0]?.candidate;
}

function distanceTo(name: string, candidate: string, limit: number): number {
  const edits = editsBetween(name.toLowerCase(), candidate.toLowerCase(), limit);
  // Two edits turn any three letters into any others; a short name must be nearer.
  if (edits <= Math.min(limit, Math.floor(candidate.length / 2))) {
    return edits;
  }
  const missing = missingWords(name, candidate);
  return missing === undefined ? Infinity : limit + missing;
}

/** Counts the words of the candidate that are left out, where the name consists of the others. */
function missingWords(name: string, candidate: string): number | undefined {
  const written = wordsOf(name);
  const wanted = wordsOf(candidate);
  // The first word alone, COHERE, is not specific.
  const isSpecific = written.some((word) => word !== 'cohere');
  return isSpecific && written.every((word) => wanted.includes(word))
    ? wanted.length - written.length
    : undefined;
}

/** Splits a name into words, for both `COHERE_TIMEOUT_MS` and `timeoutMs`. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

/**
 * Counts the insertions, deletions, replacements and swaps of neighbours that turn one text into the other. Stops early
 * if the lengths alone show more than `most`.
 */
export function editsBetween(one: string, other: string, most = 8): number {
  if (Math.abs(one.length - other.length) > most) {
    return Math.abs(one.length - other.length);
  }
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1];
      let edits = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      if (one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) {
        edits = Math.min(edits, at(beforeLast, j - 2) + 1);
      }
      row.push(edits);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, other.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? 0;
}
