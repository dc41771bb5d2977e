import type { Article } from './article.interface.js';
import { tokenize } from './tokenize.js';

/** An article found for a query, before reranking. */
export interface Candidate {
  readonly article: Article;
  /** The sum of the weights of the words that it shares with the query; 0 for none. */
  readonly wordScore: number;
}

/**
 * Finds the articles that share words with a query. It is coarse by design: it only has to include the right article,
 * and the reranker orders the candidates. A real app would use the full-text or vector search of its
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

  /** Returns at most `limit` articles, best first, or all if none shares a word with the query. */
  findCandidates(query: string, limit: number): readonly Candidate[] {
    const scores = new Map<Article, number>();
    for (const word of new Set(tokenize(query))) {
      const holders = this.#articlesByWord.get(word) ?? new Set();
      // The rarer a word, the higher its weight; a word in all articles has none.
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
