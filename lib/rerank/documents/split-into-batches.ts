import { DOCUMENTS_PER_LOOK, Pace } from '../pace.js';
import type { RerankResult } from '../rerank.interface.js';

/** The documents of one request, in parallel lists. */
export interface Batch<T extends string | object> {
  readonly documents: readonly T[];
  readonly texts: readonly string[];
  /** The index of each document in the caller's list; absent where it is the same. */
  readonly indices: readonly number[] | undefined;
}

export interface Split<T extends string | object> {
  readonly batches: readonly Batch<T>[];
  /** Results for the documents without text: Cohere refuses those, so they are not sent. */
  readonly blank: readonly RerankResult<T>[];
}

/**
 * Splits the documents evenly among as few requests as possible, so that none waits for a much longer one. Copies
 * nothing if all documents fit into one request, the usual case.
 *
 * @throws what `pace` throws once the call has ended
 */
export async function splitIntoBatches<T extends string | object>(
  documents: readonly T[],
  texts: readonly string[],
  maxPerBatch: number,
  pace = new Pace(),
): Promise<Split<T>> {
  if (texts.length <= maxPerBatch && !texts.some(isBlank)) {
    const batches = texts.length === 0 ? [] : [{ documents, texts, indices: undefined }];
    return { batches, blank: [] };
  }
  const blank: RerankResult<T>[] = [];
  const indices: number[] = [];
  for (let index = 0; index < texts.length; index += 1) {
    const document = documents[index];
    if (document === undefined || !isBlank(texts[index] ?? '')) {
      indices.push(index);
    } else {
      blank.push({ document, index, relevanceScore: 0 });
    }
    if (index % DOCUMENTS_PER_LOOK === 0 && pace.isDue) {
      // oxlint-disable-next-line no-await-in-loop
      await pace.turn();
    }
  }
  return { batches: await shareOut({ documents, texts, indices }, maxPerBatch, pace), blank };
}

/** Returns even batches of the documents at the given indices. */
export async function shareOut<T extends string | object>(
  { documents, texts, indices }: Batch<T> & { readonly indices: readonly number[] },
  maxPerBatch: number,
  pace: Pace,
): Promise<readonly Batch<T>[]> {
  const batches: Batch<T>[] = [];
  const count = Math.ceil(indices.length / maxPerBatch);
  for (let number = 0; number < count; number += 1) {
    const own = indices.slice(
      Math.floor((indices.length * number) / count),
      Math.floor((indices.length * (number + 1)) / count),
    );
    batches.push({ documents: select(documents, own), texts: select(texts, own), indices: own });
    if (pace.isDue) {
      // oxlint-disable-next-line no-await-in-loop
      await pace.turn();
    }
  }
  return batches;
}

function select<V>(values: readonly V[], indices: readonly number[]): V[] {
  const selected: V[] = [];
  for (const index of indices) {
    const value = values[index];
    if (value !== undefined) {
      selected.push(value);
    }
  }
  return selected;
}

/** Recognizes a blank text; stops at the first other character. */
function isBlank(text: string): boolean {
  return !/\S/.test(text);
}
