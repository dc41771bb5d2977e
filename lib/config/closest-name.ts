/** The candidate that is at most `limit` edits away, ignoring case; the nearest, then the first. */
export function closestName(
  name: string,
  candidates: readonly string[],
  limit = 2,
): string | undefined {
  const scored = candidates
    .map((candidate) => ({
      candidate,
      edits: editsBetween(name.toLowerCase(), candidate.toLowerCase()),
    }))
    // Two edits turn any three letters into any others; a short name must be nearer.
    .filter(({ candidate, edits }) => edits <= Math.min(limit, Math.floor(candidate.length / 2)))
    .toSorted((one, other) => one.edits - other.edits);
  return scored[0]?.candidate;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
export function editsBetween(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > 8) {
    return Math.abs(one.length - other.length);
  }
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1];
      let edits = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) {
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
