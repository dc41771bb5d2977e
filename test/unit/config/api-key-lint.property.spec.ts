import { array, assert, constantFrom, oneof, property, string, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lintApiKey } from '../../../lib/config/api-key/api-key-lint.js';
import { CATALOGUE, DIAGNOSIS_CODES } from '../../../lib/diagnosis/catalogue.js';

const ALPHABET = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789');
const realKey = array(constantFrom(...ALPHABET), { minLength: 40, maxLength: 40 }).map(
  (characters) => characters.join(''),
);

// Plain random text rarely meets a rule, so keys in every kind of wrapping are drawn as well.
const wrapping = constantFrom(
  '', '"', "'", '`', '“', ' ', '\n', '\t', '\u200b', '\ufeff', '\u00a0', 'Bearer ', 'COHERE_API_KEY=', 'export ',
  '${', '}', '{{', '<', '>', '%', '$', 'https://', 'sk-', 'sk-ant-', 'hf_', 'eyJ', '.', 'your-', 'x', '\0', '\ud800',
); // prettier-ignore
const anyKey = oneof(
  string({ maxLength: 80 }),
  string({ unit: 'binary', maxLength: 80 }),
  string({ unit: 'grapheme', maxLength: 60 }),
  tuple(wrapping, wrapping, realKey, wrapping, wrapping).map((parts) => parts.join('')),
  tuple(wrapping, string({ unit: 'binary', maxLength: 60 }), wrapping).map((p) => p.join('')),
);

// What every diagnosis says, such as https://, says nothing of the value.
const WORDS_OF_THE_CATALOGUE = JSON.stringify(CATALOGUE);

/** Every text inside, without the quotation marks and commas that JSON puts around them. */
function textsOf(output: unknown): string[] {
  return typeof output === 'object' && output !== null
    ? Object.values(output).flatMap(textsOf)
    : [String(output)];
}

/** Whether the text is there as it is, or as JSON writes it. */
function shows(output: string, value: string): boolean {
  const text = value.trim();
  return (
    text.length > 7 &&
    !WORDS_OF_THE_CATALOGUE.includes(text) &&
    (output.includes(text) || output.includes(JSON.stringify(text).slice(1, -1)))
  );
}

describe('the key lint, for any text at all', () => {
  it('has exactly one outcome, never throws, and never shows the text', () => {
    assert(
      property(anyKey, (value) => {
        const { key, problem, notices } = lintApiKey(value, { name: 'COHERE_API_KEY' });

        return (
          (key === undefined) === (problem !== undefined) &&
          (problem === undefined || DIAGNOSIS_CODES.includes(problem.code)) &&
          !/[\r\n]/.test(problem?.title ?? '') &&
          !shows(textsOf(problem ?? notices).join('\n'), value)
        );
      }),
      { numRuns: 10_000 },
    );
  });

  it('accepts forty letters and digits without a notice', () => {
    assert(
      property(realKey, (value) => {
        const { key, notices } = lintApiKey(value, { name: 'COHERE_API_KEY' });
        return key?.reveal() === value && notices?.length === 0;
      }),
      { numRuns: 2_000 },
    );
  });

  // A rule that backtracks would outlast the test's own deadline here.
  it('accepts a text of any length', () => {
    for (const part of ['x', 'key', 'your', ' ', '"', '${', 'aA1', '\u200b', '$env:', 'co_api_']) {
      const { key, problem } = lintApiKey(part.repeat(50_000), { name: 'COHERE_API_KEY' });
      expect(key ?? problem).toBeDefined();
    }
  });
});
