import type { Article } from './article.interface.js';
import { tokenize } from './tokenize.js';

/** An article that a query may be about, before the reranker has seen it. */
export interface Candidate {
  readonly article: Article;
  /** The sum of the weights of the words that it shares with the query; 0 for none. */
  readonly wordScore: number;
}

/**
 * Finds the articles that share words with a query. It is coarse by design: it only has to keep the right article
 * among the candidates, and the reranker orders them. A real app would use the full-text or vector search of its
 * database.
 */
export class LexicalIndex {
  readonly #articles: readonly Article[];
  readonly #articlesByWord = new Map<string, Set<Article>>();

  constructor(articles: readonly Article[]) {
    this.#articles = articles;
    for (const article of articles) {
      for (const word of tokenize(`${article.title} ${article.text}`)) {
        const holders = this.#articlesByWord.get(word);
        if (holders === undefined) {
          this.#articlesByWord.set(word, new Set([article]));
        } else {
          holders.add(article);
        }
      }
    }
  }

  /** At most `limit` articles, best first; all of them if the query shares no word with any. */
  findCandidates(query: string, limit: number): readonly Candidate[] {
    const scores = new Map<Article, number>();
    for (const word of new Set(tokenize(query))) {
      const holders = this.#articlesByWord.get(word) ?? new Set();
      // The fewer articles have a word, the more it weighs; a word of all articles weighs nothing.
      const weight = Math.log(this.#articles.length / holders.size);
      for (const article of holders) {
        scores.set(article, (scores.get(article) ?? 0) + weight);
      }
    }
    if (scores.size === 0) {
      return this.#articles.map((article) => ({ article, wordScore: 0 }));
    }
    return [...scores]
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, limit)
      .map(([article, wordScore]) => ({ article, wordScore }));
  }
}
