import { QueryTerms } from './query-terms.js';

// The usual BM25 constants. AVERAGE_LENGTH stands in for that of a collection, see scoreWithBm25.
const K1 = 1.5;
const B = 0.5;
const AVERAGE_LENGTH = 100;

/** What a word of the first of several lines counts for: it is the title, in YAML as in plain text. */
const TITLE_WEIGHT = 3;

/** Where the curve from BM25 to relevance passes one half. */
const HALF = 0.3;
const DECIMALS = 1e8;

/** Scores one document for the query it was made for. */
export type DocumentScorer = (document: string, index: number) => number;

/**
 * BM25 with fixed collection statistics, so that a document's score depends on nothing but itself and the
 * query, as a reranker's does: splitting a request changes no score. Between 0 and 1.
 */
export function scoreWithBm25(query: string): DocumentScorer {
  const terms = new QueryTerms(query);
  return (document) =>
    terms.totalWeight === 0
      ? 0
      : toRelevance(weightedSaturation(terms, document) / terms.totalWeight);
}

function weightedSaturation(terms: QueryTerms, document: string): number {
  const titleEnd = document.trimEnd().indexOf('\n') + 1;
  const frequencies = new Map<string, number>();
  const words =
    terms.count(document.slice(0, titleEnd), TITLE_WEIGHT, frequencies) +
    terms.count(document.slice(titleEnd), 1, frequencies);
  const norm = K1 * (1 - B + (B * words) / AVERAGE_LENGTH);
  let sum = 0;
  for (const [term, frequency] of frequencies) {
    sum += (terms.weight(term) * frequency) / (frequency + norm);
  }
  return sum;
}

// Only + - * / here: the result is the same on every platform, which Math.exp does not promise.
function toRelevance(value: number): number {
  const cube = value * value * value;
  return Math.round((cube / (cube + HALF * HALF * HALF)) * DECIMALS) / DECIMALS;
}
