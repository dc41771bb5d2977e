import { visitAsciiWords } from './ascii-words.js';
import { stem } from './stem.js';

const ASCII = /^\p{ASCII}*$/u;
const WORD = /[\p{L}\p{N}\p{M}]+/gu;
const APOSTROPHE = /['’](?:s(?![\p{L}\p{N}]))?/giu;

// Scripts that write no blanks between words.
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

// Named, or it would follow the locale of the machine.
const SEGMENTER = new Intl.Segmenter('en', { granularity: 'word' });

/** Says by its first two letters, lower case, whether a word is worth making. */
export type WordFilter = (first: number, second: number) => boolean;

/**
 * Gives `visit` the words of a text in their order, in lower case and without apostrophes, but only those
 * that `filter` lets through.
 *
 * @returns how many words there are in all
 */
export function visitWords(
  text: string,
  filter: WordFilter,
  visit: (word: string) => void,
): number {
  const plain = text.includes("'") || text.includes('’') ? text.replaceAll(APOSTROPHE, '') : text;
  if (ASCII.test(plain)) {
    return visitAsciiWords(plain, (start, end, first, second) => {
      if (filter(first, second)) {
        visit(plain.slice(start, end).toLowerCase());
      }
    });
  }
  const words = (plain.normalize('NFKC').toLowerCase().match(WORD) ?? []).flatMap(splitUnspaced);
  for (const word of words) {
    if (filter(word.charCodeAt(0), word.length > 1 ? word.charCodeAt(1) : 0)) {
      visit(word);
    }
  }
  return words.length;
}

/** All words of a text. */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  visitWords(
    text,
    () => true,
    (word) => words.push(word),
  );
  return words;
}

/** What a word is compared by. Only English has endings that are known here; others stay whole. */
export function termOf(word: string): string {
  return ASCII.test(word) ? stem(word) : word;
}

function splitUnspaced(word: string): string | string[] {
  return UNSPACED.test(word) ? Array.from(SEGMENTER.segment(word), ({ segment }) => segment) : word;
}
