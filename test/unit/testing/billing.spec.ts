import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countTokens,
  searchUnits,
  truncateToTokens,
} from '../../../lib/testing/emulator/billing.js';

const text = fc.string({ unit: 'grapheme' });

describe('truncateToTokens', () => {
  it('keeps a beginning of whole characters within the limit', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 20 }), (document, limit) => {
        const cut = truncateToTokens(document, limit);
        // Half a character would come out as U+FFFD, which the text does not have at that place.
        expect(document.startsWith(cut)).toBe(true);
        expect(countTokens(cut)).toBeLessThanOrEqual(limit);
      }),
    );
  });

  it('leaves a text within the limit unchanged', () => {
    fc.assert(
      fc.property(text, (document) => {
        expect(truncateToTokens(document, Math.max(1, countTokens(document)))).toBe(document);
      }),
    );
  });
});

describe('searchUnits', () => {
  it('takes the query into account when it counts chunks', () => {
    const document = 'x'.repeat(4 * 499);
    expect(searchUnits('q', Array(100).fill(document))).toBe(1);
    expect(searchUnits('q'.repeat(40), Array(100).fill(document))).toBe(2);
  });
});
