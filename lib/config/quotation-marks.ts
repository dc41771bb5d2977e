const MARKS = '\'"`‘’“”„«»';

/** A text in quotation marks that its shell, file or dashboard has kept. */
export interface QuotedText {
  readonly inner: string;
  /** Completes `it `: `is wrapped in quotation marks`. */
  readonly predicate: string;
  readonly isWrapped: boolean;
}

/** `undefined` where no quotation mark stands at the beginning or at the end. */
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
