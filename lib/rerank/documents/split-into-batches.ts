/** The documents of one request, and where each stands in the caller's list. */
export interface Batch {
  readonly texts: string[];
  readonly indices: readonly number[];
}

/**
 * Shares the documents that are not blank out among as few requests as possible, evenly, so that none
 * waits for a much longer one. Blank documents are refused by Cohere and go nowhere.
 */
export function splitIntoBatches(texts: readonly string[], maxPerBatch: number): readonly Batch[] {
  const indices: number[] = [];
  texts.forEach((text, index) => {
    if (!isBlank(text)) {
      indices.push(index);
    }
  });
  const count = Math.ceil(indices.length / maxPerBatch);
  return Array.from({ length: count }, (_, number) => {
    const from = Math.floor((indices.length * number) / count);
    const to = Math.floor((indices.length * (number + 1)) / count);
    const own = indices.slice(from, to);
    return { indices: own, texts: own.map((index) => texts[index] ?? '') };
  });
}

export function isBlank(text: string): boolean {
  return text.trim() === '';
}
