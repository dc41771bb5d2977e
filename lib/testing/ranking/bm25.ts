import { STOP_WORDS } from './stop-words.js';
import { tokenize } from './tokenizer.js';

// The usual BM25 constants; the average length stands in for that of a collection, see scoreWithBm25.
const K1 = 1.2;
const B = 0.5;
const AVERAGE_LENGTH = 100;
const STOP_WORD_WEIGHT = 0.05;

/** Where the curve from BM25 to 0..1 passes one half. */
const HALF = 0.22;
const DECIMALS = 1e8;

/** Scores one document for the query it was made for. */
export type DocumentScorer = (document: string, index: number) => number;

/**
 * BM25 with fixed collection statistics, so that a document's score depends on nothing but itself and the
 * query, as a reranker's does: splitting a request changes no score. Between 0 and 1.
 */
export function scoreWithBm25(query: string): DocumentScorer {
  const weights = queryWeights(tokenize(query));
  let total = 0;
  for (const weight of weights.values()) {
    total += weight;
  }
  return (document) => {
    const saturated = weightedSaturation(weights, tokenize(document));
    return total === 0 ? 0 : toRelevance(saturated / total);
  };
}

function queryWeights(terms: readonly string[]): Map<string, number> {
  const weights = new Map<string, number>();
  for (const term of terms) {
    weights.set(term, STOP_WORDS.has(term) ? STOP_WORD_WEIGHT : 1);
  }
  return weights;
}

function weightedSaturation(
  weights: ReadonlyMap<string, number>,
  terms: readonly string[],
): number {
  const counts = new Map<string, number>();
  for (const term of terms) {
    if (weights.has(term)) {
      counts.set(term, (counts.get(term) ?? 0) + 1);
    }
  }
  const norm = K1 * (1 - B + (B * terms.length) / AVERAGE_LENGTH);
  let sum = 0;
  for (const [term, count] of counts) {
    sum += ((weights.get(term) ?? 0) * count) / (count + norm);
  }
  return sum;
}

function toRelevance(value: number): number {
  const relevance = (value * value) / (value * value + HALF * HALF);
  return Math.round(relevance * DECIMALS) / DECIMALS;
}
