const MARKS = '\'"`‘’“”„«»';

/** A text with quotation marks that its shell, file or dashboard kept. */
export interface QuotedText {
  readonly inner: string;
  /** Completes `it `: `is wrapped in quotation marks`. */
  readonly predicate: string;
  readonly isWrapped: boolean;
}

/** Removes quotation marks; returns `undefined` for a text without one at the beginning or end. */
export function findQuotationMarks(text: string): QuotedText | undefined {
  const atStart = text !== '' && MARKS.includes(text.charAt(0));
  const atEnd = text !== '' && MARKS.includes(text.charAt(text.length - 1));
  if (!atStart && !atEnd) {
    return undefined;
  }
  const isWrapped = atStart && atEnd && text.length > 1;
  return {
    inner: text.slice(atStart ? 1 : 0, atEnd ? -1 : undefined).trim(),
    predicate: isWrapped
      ? 'is wrapped in quotation marks'
      : `has a quotation mark at its ${atStart ? 'beginning' : 'end'}`,
    isWrapped,
  };
}
