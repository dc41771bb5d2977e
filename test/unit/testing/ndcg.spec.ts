import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { results, rerank } from './support/ask.js';
import { useEmulator } from './support/use-emulator.js';

interface Article {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

interface LabelledQuery {
  readonly query: string;
  /** Article ids with their grades, 1 to 3. */
  readonly relevant: Readonly<Record<string, number>>;
}

const CUTOFF = 10;

const articles = read('../../../sample/01-rerank-api/corpus/articles.json', isArticle);
const queries = read('../../fixtures/labelled-queries.json', isLabelledQuery);
const emulator = useEmulator();

describe('the order of the emulator over the sample corpus', () => {
  it('is measured on 30 queries over at least 40 articles', () => {
    expect(queries).toHaveLength(30);
    expect(articles.length).toBeGreaterThanOrEqual(40);
  });

  it.each([
    ['title and text', ({ title, text }: Article) => `${title}\n${text}`],
    ['YAML', ({ title, text }: Article) => stringify({ title, text })],
    ['text alone', ({ text }: Article) => text],
  ])('has a mean nDCG@10 of at least 0.8 for %s', async (_name, toText) => {
    const documents = articles.map(toText);
    const gains = await Promise.all(
      queries.map(async ({ query, relevant }) => {
        const ranked = results(await rerank(emulator.current, { query, documents, top_n: CUTOFF }));
        const grades = ranked.map(({ index }) => relevant[articles[index]?.id ?? ''] ?? 0);
        return dcg(grades) / dcg(Object.values(relevant).toSorted((a, b) => b - a));
      }),
    );
    const mean = gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
    expect(mean).toBeGreaterThanOrEqual(0.8);
  });
});

function dcg(grades: readonly number[]): number {
  return grades
    .slice(0, CUTOFF)
    .reduce((sum, grade, rank) => sum + (2 ** grade - 1) / Math.log2(rank + 2), 0);
}

function read<T>(path: string, is: (value: unknown) => value is T): readonly T[] {
  const list: unknown = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
  if (!Array.isArray(list) || !list.every(is)) {
    throw new TypeError(`${path} holds something else`);
  }
  return list;
}

function isArticle(value: unknown): value is Article {
  return (
    has(value, 'id', 'string') && has(value, 'title', 'string') && has(value, 'text', 'string')
  );
}

function isLabelledQuery(value: unknown): value is LabelledQuery {
  return has(value, 'query', 'string') && has(value, 'relevant', 'object');
}

function has(value: unknown, name: string, type: 'string' | 'object'): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof Object.getOwnPropertyDescriptor(value, name)?.value === type
  );
}
