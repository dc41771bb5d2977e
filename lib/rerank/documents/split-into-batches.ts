/** The documents of one request, in parallel lists. */
export interface Batch<T extends string | object> {
  readonly documents: readonly T[];
  readonly texts: readonly string[];
  /** The index of each document in the caller's list; absent where it is the same. */
  readonly indices: readonly number[] | undefined;
}

export interface Split<T extends string | object> {
  readonly batches: readonly Batch<T>[];
  /** Documents without text. Cohere refuses them, so they go nowhere. */
  readonly blank: readonly { readonly document: T; readonly index: number }[];
}

/**
 * Shares the documents out among as few requests as possible, evenly, so that none waits for a much
 * longer one. Nothing is copied where all documents fit into one request, the usual case.
 */
export function splitIntoBatches<T extends string | object>(
  documents: readonly T[],
  texts: readonly string[],
  maxPerBatch: number,
): Split<T> {
  const hasBlank = texts.some(isBlank);
  if (!hasBlank && texts.length <= maxPerBatch) {
    const batches = texts.length === 0 ? [] : [{ documents, texts, indices: undefined }];
    return { batches, blank: [] };
  }
  const [blank, indices] = partition(texts);
  return {
    batches: shareOut(indices, maxPerBatch).map((own) => ({
      documents: select(documents, own),
      texts: select(texts, own),
      indices: own,
    })),
    blank: blank.flatMap((index) =>
      documents.slice(index, index + 1).map((document) => ({ document, index })),
    ),
  };
}

function select<V>(values: readonly V[], indices: readonly number[]): V[] {
  return indices.flatMap((index) => values.slice(index, index + 1));
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}

function partition(texts: readonly string[]): [blank: number[], rest: number[]] {
  const blank: number[] = [];
  const rest: number[] = [];
  texts.forEach((text, index) => (isBlank(text) ? blank : rest).push(index));
  return [blank, rest];
}

function shareOut(indices: readonly number[], maxPerBatch: number): readonly (readonly number[])[] {
  const count = Math.ceil(indices.length / maxPerBatch);
  return Array.from({ length: count }, (_, number) =>
    indices.slice(
      Math.floor((indices.length * number) / count),
      Math.floor((indices.length * (number + 1)) / count),
    ),
  );
}
