import { describe, expect, it } from 'vitest';
import { bodies, emulated } from './support/emulated.js';
import { scoresOf, scripted } from './support/scripted-endpoint.js';

const query = 'q';
/** Each text is its own score. */
const documents = ['0.2', '0.9', '0.5', '0.9', '0', '0.5', '1'];
const byScore = (_: string, text: string) => Number(text);

function places({ results }: { readonly results: readonly { readonly index: number }[] }) {
  return results.map(({ index }) => index);
}

describe('results', () => {
  it('come in descending score, ties by index', async () => {
    const { service } = await emulated({ score: byScore });
    const response = await service.rerank({ query, documents });
    expect(places(response)).toEqual([6, 1, 3, 2, 5, 0, 4]);
    expect(response.results.map(({ relevanceScore }) => relevanceScore)).toEqual([
      1, 0.9, 0.9, 0.5, 0.5, 0.2, 1e-8,
    ]);
    expect(response.results.map(({ document }) => document)).toEqual(
      places(response).map((index) => documents[index]),
    );
  });

  it('do so even when the server answers in another order', async () => {
    const { service } = scripted(scoresOf);
    expect(places(await service.rerank({ query, documents }))).toEqual([6, 1, 3, 2, 5, 0, 4]);
    expect(places(await service.rerank({ query, documents, topN: 4 }))).toEqual([6, 1, 3, 2]);
  });

  it('keep scores as they came, to the last digit', async () => {
    const scores = [0.999071, 0.32713068, 5e-324, 0.1 + 0.2];
    const { service } = scripted(scoresOf);
    const { results } = await service.rerank({ query, documents: scores.map(String) });
    expect(results.map(({ relevanceScore }) => relevanceScore)).toEqual(
      scores.toSorted((a, b) => b - a),
    );
  });
});

describe('topN', () => {
  it('cuts the ranking, and no more results are requested', async () => {
    const { emulator, service } = await emulated({ score: byScore });
    expect(places(await service.rerank({ query, documents, topN: 3 }))).toEqual([6, 1, 3]);
    expect(bodies(emulator)[0]).toMatchObject({ top_n: 3 });
  });

  it('of 1 gives the best', async () => {
    const { service } = await emulated({ score: byScore });
    expect(places(await service.rerank({ query, documents, topN: 1 }))).toEqual([6]);
  });

  it.each([7, 8, 1_000_000])('of %i, which is no fewer than there are, means all', async (topN) => {
    const { emulator, service } = await emulated({ score: byScore });
    expect(places(await service.rerank({ query, documents, topN }))).toHaveLength(7);
    expect(bodies(emulator)[0]).not.toHaveProperty('top_n');
  });

  it('applies even if the server ignores it', async () => {
    const { service } = scripted(({ documents: texts }) => scoresOf({ documents: texts }));
    expect(places(await service.rerank({ query, documents, topN: 2 }))).toEqual([6, 1]);
  });
});

describe('minRelevanceScore', () => {
  it('leaves out what scores less, and keeps what scores as much', async () => {
    const { service } = await emulated({ score: byScore });
    const response = await service.rerank({ query, documents, minRelevanceScore: 0.5 });
    expect(places(response)).toEqual([6, 1, 3, 2, 5]);
  });

  it.each([
    [2, [6, 1]],
    [3, [6, 1, 3]],
    [5, [6, 1, 3]],
  ])('applies before topN of %i', async (topN, order) => {
    const { service } = await emulated({ score: byScore });
    const request = { query, documents, minRelevanceScore: 0.6, topN };
    expect(places(await service.rerank(request))).toEqual(order);
  });

  it('may leave no results', async () => {
    const { service } = await emulated({ score: () => 0.3 });
    const response = await service.rerank({ query, documents, minRelevanceScore: 1 });
    expect(response.results).toEqual([]);
    expect(response.usage.requests).toBe(1);
  });
});
