import { STOP_WORDS } from './stop-words.js';
import { termOf, wordsOf } from './tokenizer.js';

const STOP_WORD_WEIGHT = 0.05;
/** Particles and endings: `を`, `て`, `ない`. */
const SHORT_HIRAGANA = /^\p{Script=Hiragana}{1,2}$/u;
const APOSTROPHE = /['’]/u;

/** What a query looks for, and how much each term counts. */
export class QueryTerms {
  readonly #weights: ReadonlyMap<string, number>;
  readonly #beginnings: ReadonlySet<number>;
  readonly totalWeight: number;

  constructor(query: string) {
    const terms = wordsOf(query).map(termOf);
    this.#weights = new Map(terms.map((term) => [term, weightOf(term)]));
    this.#beginnings = new Set(terms.map(beginningOf));
    this.totalWeight = [...this.#weights.values()].reduce((sum, weight) => sum + weight, 0);
  }

  /** The term of the query that a word of a document stands for, if any. */
  match(word: string): string | undefined {
    // A stem keeps the first two letters of its word, so most words need no stemming to be ruled out.
    if (!this.#beginnings.has(beginningOf(word)) && !APOSTROPHE.test(word)) {
      return undefined;
    }
    const term = termOf(word);
    return this.#weights.has(term) ? term : undefined;
  }

  weight(term: string): number {
    return this.#weights.get(term) ?? 0;
  }
}

function weightOf(term: string): number {
  return STOP_WORDS.has(term) || SHORT_HIRAGANA.test(term) ? STOP_WORD_WEIGHT : 1;
}

function beginningOf(word: string): number {
  return word.charCodeAt(0) * 0x1_0000 + (word.length > 1 ? word.charCodeAt(1) : 0);
}
