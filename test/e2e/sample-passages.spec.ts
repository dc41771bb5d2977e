import { describe, expect, it } from 'vitest';
import { toPassages } from '../../sample/01-rerank-api/src/search/to-passages.js';

const TITLE = 'Refund 💸 a client';
const TEXT = 'Open the payment. Choose Refund.';
const SENT = `${TITLE}\n${TEXT}`;

/** Where a part of the text that was sent stands, as `RerankService` gives it. */
function span(part: string): { start: number; end: number; text: string } {
  const start = SENT.indexOf(part);
  return { start, end: start + part.length, text: part };
}

function words(part: string): readonly string[] {
  return toPassages(TITLE, [span(part)]).map(
    ({ field, start, end }) => `${field}: ${(field === 'title' ? TITLE : TEXT).slice(start, end)}`,
  );
}

describe("the passages of the sample's results", () => {
  it.each([
    ['Refund 💸 a client', ['title: Refund 💸 a client']],
    ['a client', ['title: a client']],
    ['Open the payment.', ['text: Open the payment.']],
    ['Choose Refund.', ['text: Choose Refund.']],
    ['a client\nOpen', ['title: a client', 'text: Open']],
    ['\n', []],
    [SENT, [`title: ${TITLE}`, `text: ${TEXT}`]],
  ])('are in the title, in the text, or in both: %j', (part, expected) => {
    expect(words(part)).toEqual(expected);
  });
});
