import { stem } from './stem.js';

const ASCII = /^[\u0000-\u007f]*$/;
const ASCII_WORD = /[a-z0-9]+(?:'[a-z]+)?/g;
const WORD = /[\p{L}\p{N}\p{M}]+(?:['’][\p{L}\p{M}]+)?/gu;
const POSSESSIVE = /['’]s?$|['’](?=\p{L})/gu;

// Scripts that write no blanks between words.
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

const SEGMENTER = new Intl.Segmenter('und', { granularity: 'word' });

/** The words of a text, lower case, stemmed where they are English, in their order. */
export function tokenize(text: string): string[] {
  const folded = ASCII.test(text) ? text.toLowerCase() : text.normalize('NFKC').toLowerCase();
  if (ASCII.test(folded)) {
    return (folded.match(ASCII_WORD) ?? []).map(asciiTerm);
  }
  return (folded.match(WORD) ?? []).flatMap(terms);
}

function terms(word: string): string[] {
  if (UNSPACED.test(word)) {
    return Array.from(SEGMENTER.segment(word), ({ segment }) => segment);
  }
  return ASCII.test(word) ? [asciiTerm(word)] : [word.replaceAll(POSSESSIVE, '')];
}

function asciiTerm(word: string): string {
  return stem(word.includes("'") ? word.replace(/'s$|'/, '') : word);
}
