import { type DocumentScorer, scoreWithBm25 } from './bm25.js';

// The smallest step of a BM25 score. The lowest that was recorded from Cohere is 8.46e-06.
const MIN_SCORE = 1e-8;

/**
 * Scores one document, 0 to 1, instead of BM25. `index` is its position in the request.
 *
 * @publicApi
 */
export type ScoreFunction = (query: string, document: string, index: number) => number;

export interface RankedDocument {
  readonly index: number;
  readonly score: number;
}

/** What scores the documents of one query: the given function, or BM25. */
export function scorerFor(query: string, score: ScoreFunction | undefined): DocumentScorer {
  if (score === undefined) {
    return scoreWithBm25(query);
  }
  return (document, index) => {
    const value = score(query, document, index);
    if (!(value >= 0 && value <= 1)) {
      throw new RangeError(`score() returned ${String(value)} for document ${index}, not 0 to 1`);
    }
    return value;
  };
}

/** The best `topN` in descending score, ties by index. No score is 0: some clients take that for none. */
export function rankDocuments(
  documents: readonly string[],
  score: DocumentScorer,
  topN: number,
): RankedDocument[] {
  return documents
    .map((document, index) => ({ index, score: Math.max(score(document, index), MIN_SCORE) }))
    .toSorted((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, topN);
}
