const DIGIT_0 = 48;
const DIGIT_9 = 57;
const UPPER_A = 65;
const UPPER_Z = 90;
const LOWER_A = 97;
const LOWER_Z = 122;
const TO_LOWER = 32;

/** Told of each word by where it stands, and by its first two letters in lower case (0 for none). */
export type WordVisitor = (start: number, end: number, first: number, second: number) => void;

/**
 * Walks the words of an ASCII text: letters and digits. It makes no strings, which is most of the cost
 * of a ranking, since most words of a document are not those of the query.
 *
 * @returns how many there are
 */
export function visitAsciiWords(text: string, visit: WordVisitor): number {
  let words = 0;
  let start = -1;
  let first = 0;
  let second = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const letter = at === text.length ? 0 : wordCode(text.charCodeAt(at));
    if (letter === 0) {
      if (start !== -1) {
        words += 1;
        visit(start, at, first, second);
        start = -1;
      }
    } else if (start === -1) {
      start = at;
      first = letter;
      second = 0;
    } else if (at === start + 1) {
      second = letter;
    }
  }
  return words;
}

/** The code of a letter or digit in lower case; 0 for anything else. */
function wordCode(code: number): number {
  if ((code >= LOWER_A && code <= LOWER_Z) || (code >= DIGIT_0 && code <= DIGIT_9)) {
    return code;
  }
  return code >= UPPER_A && code <= UPPER_Z ? code + TO_LOWER : 0;
}
