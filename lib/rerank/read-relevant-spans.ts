import { isObject, UnusableResponse } from '../transport/attempt-failure.js';
import type { RelevantSpan } from './rerank.interface.js';

const SURROGATE = /[\ud800-\udfff]/;

/**
 * Converts the offsets of spans: Cohere counts Unicode code points, JavaScript UTF-16 units, so that after an emoji
 * the raw numbers would cut the text at a wrong place.
 *
 * @throws UnusableResponse when a span lies outside the text
 */
export function readRelevantSpans(
  spans: unknown,
  text: string,
  position: number,
): readonly RelevantSpan[] {
  if (!Array.isArray(spans)) {
    throw new UnusableResponse(`results[${position}].relevant_spans is not an array`);
  }
  const offsets = utf16Offsets(text);
  return spans.map((span: unknown, number) => {
    const start = isObject(span) ? offsets(span['start']) : undefined;
    const end = isObject(span) ? offsets(span['end']) : undefined;
    if (!isObject(span) || start === undefined || end === undefined || start > end) {
      throw new UnusableResponse(
        `results[${position}].relevant_spans[${number}] lies outside the document`,
      );
    }
    const { score } = span;
    const passage = text.slice(start, end);
    return typeof score === 'number'
      ? { start, end, score, text: passage }
      : { start, end, text: passage };
  });
}

/** @returns a function from code points to UTF-16 units; its result is undefined outside the text */
function utf16Offsets(text: string): (codePoints: unknown) => number | undefined {
  if (!SURROGATE.test(text)) {
    return (offset) => (isOffset(offset) && offset <= text.length ? offset : undefined);
  }
  const offsets = [0];
  let offset = 0;
  for (const character of text) {
    offset += character.length;
    offsets.push(offset);
  }
  return (codePoints) => (isOffset(codePoints) ? offsets[codePoints] : undefined);
}

function isOffset(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0;
}
