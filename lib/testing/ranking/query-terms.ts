import { STOP_TERMS } from './stop-words.js';
import { termOf, visitWords, wordsOf, type WordFilter } from './tokenizer.js';

const STOP_WORD_WEIGHT = 0.05;
/** Particles and endings: `を`, `て`, `ない`. */
const SHORT_HIRAGANA = /^\p{Script=Hiragana}{1,2}$/u;

/** What a query looks for, and how much each term counts. */
export class QueryTerms {
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
   * Adds `times` to the frequency of each term for each word of the text that stands for it.
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

function weightOf(term: string): number {
  return STOP_TERMS.has(term) || SHORT_HIRAGANA.test(term) ? STOP_WORD_WEIGHT : 1;
}

function beginningOf(term: string): number {
  return beginning(term.charCodeAt(0), term.length > 1 ? term.charCodeAt(1) : 0);
}

function beginning(first: number, second: number): number {
  return first * 0x1_0000 + second;
}
