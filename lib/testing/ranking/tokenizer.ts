import { stem } from './stem.js';

const ASCII = /^\p{ASCII}*$/u;
const ASCII_WORD = /[a-z0-9]+(?:'[a-z]+)?/g;
const WORD = /[\p{L}\p{N}\p{M}]+(?:['’][\p{L}\p{M}]+)?/gu;

// Scripts that write no blanks between words.
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

// Named, or it would follow the locale of the machine.
const SEGMENTER = new Intl.Segmenter('en', { granularity: 'word' });

/** The words of a text in their order, as they are written but for case and width. */
export function wordsOf(text: string): readonly string[] {
  if (ASCII.test(text)) {
    return text.toLowerCase().match(ASCII_WORD) ?? [];
  }
  return (text.normalize('NFKC').toLowerCase().match(WORD) ?? []).flatMap(splitUnspaced);
}

/** What a word is compared by: its stem where it is English, without an apostrophe and what follows it. */
export function termOf(word: string): string {
  const bare = word.replace(/['’](?:s$)?/u, '');
  return ASCII.test(bare) ? stem(bare) : bare;
}

function splitUnspaced(word: string): string | string[] {
  return UNSPACED.test(word) ? Array.from(SEGMENTER.segment(word), ({ segment }) => segment) : word;
}
