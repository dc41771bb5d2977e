import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../support/rerank-over.js';
import { bodies, emulated } from './support/emulated.js';
import { scripted } from './support/scripted-endpoint.js';
import type { RelevantSpan } from '../../../lib/rerank/rerank.interface.js';

const query = 'q';

/** The spans of one document, given those that are on the wire. */
async function spansOf(
  document: string | object,
  relevantSpans: unknown,
): Promise<readonly RelevantSpan[] | undefined> {
  const { service } = scripted(() => ({
    results: [{ index: 0, relevance_score: 0.5, relevant_spans: relevantSpans }],
  }));
  const { results } = await service.rerank({ query, documents: [document], relevantSpans: true });
  return results[0]?.relevantSpans;
}

describe('relevantSpans are requested', () => {
  it.each([
    [true, {}],
    [{}, {}],
    [{ maxSpans: 3 }, { max_spans: 3 }],
    [{ threshold: 0.4 }, { threshold: 0.4 }],
    [
      { maxSpans: 1, threshold: 0 },
      { max_spans: 1, threshold: 0 },
    ],
    [{ maxSpans: undefined, threshold: 1 }, { threshold: 1 }],
  ])('by %j as relevant_spans %j', async (relevantSpans, wire) => {
    const { emulator, service } = await emulated();
    await service.rerank({ query, documents: ['a'], relevantSpans });
    expect(bodies(emulator)[0]?.['relevant_spans']).toEqual(wire);
  });

  it.each([undefined, false])('by %s not at all', async (relevantSpans) => {
    const { emulator, service } = await emulated();
    const { results } = await service.rerank({ query, documents: ['a'], relevantSpans });
    expect(bodies(emulator)[0]).not.toHaveProperty('relevant_spans');
    expect(results[0]).not.toHaveProperty('relevantSpans');
  });
});

describe('relevantSpans cut the text that was sent', () => {
  it('through HTTP, with emoji before the passage', async () => {
    const { service } = await emulated();
    const documents = [
      '👩‍👩‍👧‍👦 Our shop 🛍️ opens at nine. Refunds 💶 are paid within fourteen days. Cats 🐈 sleep.',
      'Nothing of interest.',
    ];
    const { results } = await service.rerank({
      query: 'refunds paid',
      documents,
      relevantSpans: { maxSpans: 1, threshold: 0 },
    });
    const [best] = results;
    expect(best?.index).toBe(0);
    expect(best?.relevantSpans).toHaveLength(1);
    for (const { start, end, text } of best?.relevantSpans ?? []) {
      expect(text).toBe(best?.document.slice(start, end));
      expect(text).toContain('Refunds 💶 are paid within fourteen days');
      expect(text).not.toContain('Cats');
    }
  });

  it.each([
    ['plain letters', 'abc', 1, 2, 'b'],
    ['an emoji before it', '😀abc', 1, 2, 'a'],
    ['an emoji in it', 'a😀b', 1, 2, '😀'],
    ['a family of four and its joiners', '👨‍👩‍👧‍👦 home', 8, 12, 'home'],
    ['the second member of a family', '👨‍👩‍👧', 2, 3, '👩'],
    ['a flag, two code points', '🇪🇺 law', 3, 6, 'law'],
    ['a skin tone', '👍🏽ok', 2, 4, 'ok'],
    ['combining marks, each of its own', 'e\u0301a\u0308x', 2, 5, 'a\u0308x'],
    ['CJK extension B', '𠮷野家で𠮟る', 1, 5, '野家で𠮟'],
    ['CJK of the basic plane', '吉野家', 1, 3, '野家'],
    ['a lone high surrogate', '\ud83dab', 1, 2, 'a'],
    ['a lone low surrogate', '\ude00ab', 1, 2, 'a'],
    ['surrogates the wrong way round', '\ude00\ud83dab', 2, 3, 'a'],
    ['all of it', '😀a😀', 0, 3, '😀a😀'],
    ['nothing at the end', '😀a😀', 3, 3, ''],
    ['nothing at the start', 'abc', 0, 0, ''],
  ])('%s', async (_, document, start, end, passage) => {
    const [span] = (await spansOf(document, [{ start, end, score: 0.7 }])) ?? [];
    expect(span?.text).toBe(passage);
    expect(span?.score).toBe(0.7);
    expect(document.slice(span?.start, span?.end)).toBe(passage);
  });

  it('whatever code units it is made of', async () => {
    const unit = fc.oneof(
      fc.constantFrom('a', ' ', 'é', '漢', '\u200d', '\ufe0f', '\u0301', '😀', '👩‍👧', '𠮷'),
      fc.constantFrom('\ud800', '\udbff', '\udc00', '\udfff'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 2 }),
    );
    const property = fc.asyncProperty(
      fc.array(unit, { minLength: 1, maxLength: 20 }).map((units) => `${units.join('')}.`),
      fc.nat(),
      fc.nat(),
      async (document, one, other) => {
        const points = Array.from(document);
        const [start = 0, end = 0] = [one, other]
          .map((number) => number % (points.length + 1))
          .toSorted((a, b) => a - b);
        const [span] = (await spansOf(document, [{ start, end }])) ?? [];
        expect(span?.text).toBe(points.slice(start, end).join(''));
        expect(document.slice(span?.start, span?.end)).toBe(span?.text);
      },
    );
    await fc.assert(property, { numRuns: 200 });
  });

  it('which for an object is its YAML', async () => {
    const [span] = (await spansOf({ title: '😀', body: 'refund' }, [{ start: 15, end: 21 }])) ?? [];
    expect(span).toEqual({ start: 16, end: 22, text: 'refund' });
  });

  it('which is without the blank documents and in the batch it went with', async () => {
    const settings = { maxDocumentsPerRequest: 2 };
    const { service } = await emulated({ score: (_, text) => text.length / 100 }, settings);
    const documents = ['refund 😀', '', 'refund 😀 refund', ' ', 'a refund 😀 now', 'x'];
    const relevantSpans = { maxSpans: 5, threshold: 0 };
    const { results } = await service.rerank({ query: 'refund', documents, relevantSpans });
    expect(results.flatMap(({ relevantSpans: spans = [] }) => spans).length).toBeGreaterThan(2);
    for (const { document, index, relevantSpans: spans = [] } of results) {
      expect(document).toBe(documents[index]);
      for (const { start, end, text } of spans) {
        expect(text).toBe(document.slice(start, end));
      }
    }
  });
});

describe('spans as they come', () => {
  it('keep their order, and have a score only where there is one', async () => {
    const spans = [
      { start: 4, end: 5, score: 0.2 },
      { start: 0, end: 1 },
      { start: 2, end: 3, score: null },
    ];
    expect(await spansOf('a b c', spans)).toEqual([
      { start: 4, end: 5, score: 0.2, text: 'c' },
      { start: 0, end: 1, text: 'a' },
      { start: 2, end: 3, text: 'b' },
    ]);
  });

  it('may be none', async () => {
    expect(await spansOf('text', [])).toEqual([]);
  });

  it.each([undefined, null])('are absent where the answer has %s', async (spans) => {
    expect(await spansOf('text', spans)).toBeUndefined();
  });
});

describe('an invalid span makes the response unusable', () => {
  it.each([
    ['an end after the text', 'abc', [{ start: 0, end: 4 }]],
    ['a start after the text', 'abc', [{ start: 4, end: 4 }]],
    ['an end in UTF-16 units, after an emoji', '😀bc', [{ start: 0, end: 4 }]],
    ['a start behind its end', 'abc', [{ start: 2, end: 1 }]],
    ['a negative start', 'abc', [{ start: -1, end: 2 }]],
    ['a negative start, after an emoji', '😀bc', [{ start: -1, end: 2 }]],
    ['a fraction', 'abc', [{ start: 0.5, end: 2 }]],
    ['no end', 'abc', [{ start: 0 }]],
    ['no start', '😀bc', [{ end: 1 }]],
    ['a string for a number', 'abc', [{ start: '0', end: '1' }]],
    ['a name of a method', '😀bc', [{ start: 'length', end: 'length' }]],
    ['null', 'abc', [{ start: null, end: null }]],
    ['a span that is null', 'abc', [null]],
    ['a span that is an array', 'abc', [[0, 1]]],
    [
      'a second span that is wrong',
      'abc',
      [
        { start: 0, end: 1 },
        { start: 9, end: 9 },
      ],
    ],
    ['an object for the list', 'abc', { start: 0, end: 1 }],
    ['true for the list', 'abc', true],
  ])('%s', async (_, document, spans) => {
    const error = await failureOf(spansOf(document, spans));
    expect(error).toMatchObject({ code: 'COHERE_RESPONSE_INVALID' });
    expect(JSON.stringify(error)).toContain('results[0].relevant_spans');
  });
});
