import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lintApiKey } from '../../../lib/config/api-key-lint.js';
import { CATALOGUE } from '../../../lib/diagnosis/catalogue/index.js';
import { DIAGNOSIS_CODES } from '../../../lib/diagnosis/diagnosis-code.js';

const ALPHABET = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789');
const realKey = fc
  .array(fc.constantFrom(...ALPHABET), { minLength: 40, maxLength: 40 })
  .map((characters) => characters.join(''));

// Plain random text rarely meets a rule, so keys in every kind of wrapping are drawn as well.
const wrapping = fc.constantFrom(
  '', '"', "'", '`', '“', ' ', '\n', '\t', '\u200b', '\ufeff', '\u00a0', 'Bearer ', 'COHERE_API_KEY=', 'export ',
  '${', '}', '{{', '<', '>', '%', '$', 'https://', 'sk-', 'sk-ant-', 'hf_', 'eyJ', '.', 'your-', 'x', '\0', '\ud800',
); // prettier-ignore
const anyKey = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.tuple(wrapping, wrapping, realKey, wrapping, wrapping).map((parts) => parts.join('')),
  fc.tuple(wrapping, fc.string({ unit: 'binary', maxLength: 60 }), wrapping).map((p) => p.join('')),
);

// What every diagnosis says, such as https://, says nothing of the value.
const WORDS_OF_THE_CATALOGUE = JSON.stringify(CATALOGUE);

describe('the key lint, for any text at all', () => {
  it('comes to exactly one outcome, never throws, and never shows the text', () => {
    fc.assert(
      fc.property(anyKey, (value) => {
        const result = lintApiKey(value, 'COHERE_API_KEY');
        const text = JSON.stringify(result.problem ?? result.notices);

        expect(result.key === undefined).toBe(result.problem !== undefined);
        if (result.problem !== undefined) {
          expect(DIAGNOSIS_CODES).toContain(result.problem.code);
          expect(result.problem.title).not.toMatch(/[\r\n]/);
        }
        if (value.trim().length > 7 && !WORDS_OF_THE_CATALOGUE.includes(value.trim())) {
          expect(text).not.toContain(value.trim());
          expect(text).not.toContain(JSON.stringify(value.trim()).slice(1, -1));
        }
      }),
      { numRuns: 10_000 },
    );
  });

  it('never rejects forty letters and digits, nor says a word about them', () => {
    fc.assert(
      fc.property(realKey, (value) => {
        const result = lintApiKey(value, 'COHERE_API_KEY');
        expect(result.key?.reveal()).toBe(value);
        expect(result.notices).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  // A rule that backtracks would outlast the test's own deadline here.
  it('copes with a text of any length', () => {
    for (const part of ['x', 'key', 'your', ' ', '"', '${', 'aA1', '\u200b', '$env:', 'co_api_']) {
      const { key, problem } = lintApiKey(part.repeat(50_000), 'COHERE_API_KEY');
      expect(key ?? problem).toBeDefined();
    }
  });
});
