/** The score the benchmark's server gives a document: FNV-1a of its first 24 characters, 0 to 1. Cheap, and known to both sides. */
export function score(text) {
  let hash = 0x811c9dc5;
  for (let at = 0; at < Math.min(text.length, 24); at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return (hash >>> 0) / 0x1_0000_0000;
}

/** The one right ranking: descending score, ties by index. */
export function rank(documents) {
  return documents
    .map((text, index) => ({ index, relevance_score: score(text) }))
    .toSorted((a, b) => b.relevance_score - a.relevance_score || a.index - b.index);
}
