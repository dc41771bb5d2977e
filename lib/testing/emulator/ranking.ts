/**
 * Scores one document, 0 to 1, instead of the emulator's ranking by common words. `index` is its position in the
 * request.
 *
 * @publicApi
 */
export type ScoreFunction = (query: string, document: string, index: number) => number;

/** Scores one document for a fixed query. */
export type DocumentScorer = (document: string, index: number) => number;

export interface RankedDocument {
  readonly index: number;
  readonly score: number;
}

// The lowest score that was recorded from Cohere is 8.46e-06.
const MIN_SCORE = 1e-8;

/** Returns the scorer of one query: the given function, or the overlap of words. */
export function scorerFor(query: string, score: ScoreFunction | undefined): DocumentScorer {
  if (score === undefined) {
    return scoreByOverlap(query);
  }
  return (document, index) => {
    const value = score(query, document, index);
    if (!(value >= 0 && value <= 1)) {
      throw new RangeError(`score() returned ${String(value)} for document ${index}, not 0 to 1`);
    }
    return value;
  };
}

/** Returns the best `topN` in descending score, ties by index. No score is 0, which some clients treat as missing. */
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

/** The number of occurrences at which a word has half of its weight. */
const SATURATION = 1.5;
/** The share of the query's weight at which a score is one half. */
const HALF = 0.3;

/**
 * Scores a document by the words of the query in it: their frequency, and their rarity in English. Like a reranker, it
 * ignores the rest of the request, so that splitting a request changes no score.
 */
export function scoreByOverlap(query: string): DocumentScorer {
  const weights = new Map(termsOf(query).map((term) => [term, rarityOf(term)]));
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  return (document) => {
    const counts = new Map<string, number>();
    for (const term of termsOf(document)) {
      if (weights.has(term)) {
        counts.set(term, (counts.get(term) ?? 0) + 1);
      }
    }
    let found = 0;
    for (const [term, count] of counts) {
      found += ((weights.get(term) ?? 0) * count) / (count + SATURATION);
    }
    // Only + - * /: unlike Math.exp, they give the same result on every platform.
    const share = total === 0 ? 0 : found / total;
    const cube = share * share * share;
    return cube / (cube + HALF * HALF * HALF);
  };
}

const WORD = /[\p{L}\p{N}\p{M}]+/gu;
/** Scripts without spaces between words. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
// An explicit locale, because the default depends on the machine.
const SEGMENTER = new Intl.Segmenter('en', { granularity: 'word' });

const TERM_LENGTH = 6;

/** Returns the words of a text, normalized: six letters, and no plural s. */
export function termsOf(text: string): string[] {
  const plain = text.normalize('NFKC').toLowerCase().replaceAll(/['’]/g, '');
  return (plain.match(WORD) ?? [])
    .flatMap((word) =>
      UNSPACED.test(word) ? Array.from(SEGMENTER.segment(word), ({ segment }) => segment) : word,
    )
    .map((word) => word.replace(/s$/, '').slice(0, TERM_LENGTH));
}

const COMMON_WORD_RARITY = 0.05;
const COMMON_WORDS: ReadonlySet<string> = new Set(
  termsOf(
    'a about after all also am an and any are as at be because been before but by can cant could do does dont for ' +
      'from get had has have he how i if im in into is it its just like may me more my no not now of off on one or ' +
      'other our out over so than that the their them then there they this to too under until up was we were what ' +
      'when where which while who why will with without would you your',
  ),
);

/** Japanese particles and endings: `を`, `て`, `ない`. */
const PARTICLE = /^\p{Script=Hiragana}{1,2}$/u;

/** Estimates the inverse document frequency of a word in two steps, because one request is not a corpus. */
function rarityOf(term: string): number {
  return COMMON_WORDS.has(term) || PARTICLE.test(term) ? COMMON_WORD_RARITY : 1;
}

/** A passage in Unicode code points of the document, half open, as Cohere sends it. */
export interface WireSpan {
  readonly start: number;
  readonly end: number;
  readonly score: number;
}

export interface SpanOptions {
  readonly maxSpans: number;
  readonly threshold: number;
}

// A sentence ends at its mark, at a line break, or at the end of the text.
const SENTENCE = /[^.!?。！？\n]*(?:[.!?。！？]+|\n|$)/gu;

/** Returns the best sentences that score at least the threshold by themselves, in the order of the text. */
export function bestPassages(
  document: string,
  score: DocumentScorer,
  { maxSpans, threshold }: SpanOptions,
): WireSpan[] {
  return Array.from(document.matchAll(SENTENCE), ({ index, 0: raw }) => {
    const text = raw.trim();
    return { start: index + raw.indexOf(text), text, score: text === '' ? 0 : score(text, 0) };
  })
    .filter((passage) => passage.score > 0 && passage.score >= threshold)
    .toSorted((a, b) => b.score - a.score || a.start - b.start)
    .slice(0, maxSpans)
    .toSorted((a, b) => a.start - b.start)
    .map((passage) => {
      const start = codePoints(document.slice(0, passage.start));
      return { start, end: start + codePoints(passage.text), score: passage.score };
    });
}

function codePoints(text: string): number {
  return Array.from(text).length;
}
