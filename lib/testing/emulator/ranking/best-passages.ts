import type { DocumentScorer } from './rank-documents.js';

/** A passage in Unicode code points of the document, half open, as Cohere gives it. */
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

/** The sentences that score at least the threshold, the best ones, in the order of the text. */
export function bestPassages(
  document: string,
  score: DocumentScorer,
  options: SpanOptions,
): WireSpan[] {
  return sentencesOf(document)
    .map(({ start, text }) => ({ start, text, score: score(text, 0) }))
    .filter((passage) => passage.score > 0 && passage.score >= options.threshold)
    .toSorted((a, b) => b.score - a.score || a.start - b.start)
    .slice(0, options.maxSpans)
    .toSorted((a, b) => a.start - b.start)
    .map((passage) => toCodePoints(document, passage));
}

interface Sentence {
  readonly start: number;
  readonly text: string;
}

function sentencesOf(document: string): Sentence[] {
  return Array.from(document.matchAll(SENTENCE), ({ index, 0: raw }) => {
    const text = raw.trim();
    return { start: index + raw.indexOf(text), text };
  }).filter(({ text }) => text !== '');
}

function toCodePoints(
  document: string,
  passage: { readonly start: number; readonly text: string; readonly score: number },
): WireSpan {
  const start = codePoints(document.slice(0, passage.start));
  return { start, end: start + codePoints(passage.text), score: passage.score };
}

function codePoints(text: string): number {
  return Array.from(text).length;
}
