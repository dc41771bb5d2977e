import { STOP_TERMS, termOf, visitWords, type WordFilter, wordsOf } from './tokenizer.js';

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

// The usual BM25 constants. AVERAGE_LENGTH is used instead of that of a collection, see scoreWithBm25.
const K1 = 1.5;
const B = 0.5;
const AVERAGE_LENGTH = 100;

/** What a word of the first of several lines counts for: it is the title, in YAML as in plain text. */
const TITLE_WEIGHT = 3;

/** Where the curve from BM25 to relevance passes one half. */
const HALF = 0.3;
const DECIMALS = 1e8;

const STOP_WORD_WEIGHT = 0.05;
/** Particles and endings: `を`, `て`, `ない`. */
const SHORT_HIRAGANA = /^\p{Script=Hiragana}{1,2}$/u;

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

/** What a query looks for, and how much each term counts. */
class QueryTerms {
  readonly #weights: ReadonlyMap<string, number>;
  readonly #beginnings: ReadonlySet<number>;
  readonly #mayMatch: WordFilter;
  readonly totalWeight: number;

  constructor(query: string) {
    const terms = wordsOf(query).map(termOf);
    this.#weights = new Map(terms.map((term) => [term, weightOf(term)]));
    this.#beginnings = new Set(terms.map(beginningOf));
    // A stem keeps the first two letters of its word, so most words need not be made to be ruled out.
    this.#mayMatch = (first, second) => this.#beginnings.has(beginning(first, second));
    this.totalWeight = [...this.#weights.values()].reduce((sum, weight) => sum + weight, 0);
  }

  /**
   * Adds `times` to the frequency of each term for each word of the text that has this term.
   *
   * @returns how many words the text has
   */
  count(text: string, times: number, frequencies: Map<string, number>): number {
    return visitWords(text, this.#mayMatch, (word) => {
      const term = termOf(word);
      if (this.#weights.has(term)) {
        frequencies.set(term, (frequencies.get(term) ?? 0) + times);
      }
    });
  }

  weight(term: string): number {
    return this.#weights.get(term) ?? 0;
  }
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

function weightOf(term: string): number {
  return STOP_TERMS.has(term) || SHORT_HIRAGANA.test(term) ? STOP_WORD_WEIGHT : 1;
}

function beginningOf(term: string): number {
  return beginning(term.charCodeAt(0), term.length > 1 ? term.charCodeAt(1) : 0);
}

function beginning(first: number, second: number): number {
  return first * 0x1_0000 + second;
}
