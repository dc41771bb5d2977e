const ASCII = /^\p{ASCII}*$/u;
const WORD = /[\p{L}\p{N}\p{M}]+/gu;
const APOSTROPHE = /['’](?:s(?![\p{L}\p{N}]))?/giu;

// Scripts without spaces between words.
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

// An explicit locale, because the default is that of the machine.
const SEGMENTER = new Intl.Segmenter('en', { granularity: 'word' });

const DIGIT_0 = 48;
const DIGIT_9 = 57;
const UPPER_A = 65;
const UPPER_Z = 90;
const LOWER_A = 97;
const LOWER_Z = 122;
const TO_LOWER = 32;

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

/** Called with the position of each word, and its first two letters in lower case (0 for none). */
type WordVisitor = (start: number, end: number, first: number, second: number) => void;

/**
 * Walks the words of an ASCII text: letters and digits. It makes no strings, which is most of the cost
 * of a ranking, since most words of a document are not those of the query.
 *
 * @returns how many there are
 */
function visitAsciiWords(text: string, visit: WordVisitor): number {
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

const VOWEL = /[aeiouy]/;
const MIN_STEM = 3;

/**
 * The stems of words that say how a question is asked, not what it is about. English, as is most test
 * text; contractions stand without their apostrophe.
 */
export const STOP_TERMS: ReadonlySet<string> = new Set(
  (
    'a about after again all also am an and any are arent as at be because been before being but by can cant cannot ' +
    'could couldnt did didnt do does doesnt doing dont down during each few for from further get gets getting got had ' +
    'has hasnt have havent having he her here hers him his how hows i id if im in into is isnt it its ive just let lets ' +
    'like may me more most must my no nor not now of off on once only or other our ours out over own please shall she ' +
    'should shouldnt so some such than that thats the their theirs them then there theres these they theyre this those ' +
    'through to too under until up us very was wasnt we were what whats when where which while who whom whose why will ' +
    'with without wont would wouldnt you your youre yours'
  )
    .split(' ')
    .map(stem),
);

/**
 * Brings the forms of an English word together: `shipping`, `shipped` and `ships` become `ship`. It only
 * has to map alike forms alike, so what it returns need not be a word.
 */
export function stem(word: string): string {
  if (word.length <= MIN_STEM) {
    return word;
  }
  return trimFinalE(stripEnding(stripPlural(word)));
}

function stripPlural(word: string): string {
  if (word.endsWith('ies') && word.length > 4) {
    return `${word.slice(0, -3)}y`;
  }
  if (/(?:ss|sh|ch|x|z)es$/.test(word)) {
    return word.slice(0, -2);
  }
  if (word.endsWith('s') && !/(?:ss|us|is)$/.test(word)) {
    return word.slice(0, -1);
  }
  return word;
}

function stripEnding(word: string): string {
  for (const ending of ['ing', 'ed', 'er', 'ation', 'ment', 'ly']) {
    const rest = word.slice(0, -ending.length);
    if (word.endsWith(ending) && rest.length >= MIN_STEM && VOWEL.test(rest)) {
      return undouble(rest);
    }
  }
  return word;
}

function undouble(word: string): string {
  const last = word.at(-1);
  return last === word.at(-2) && !/[lsz]$/.test(word) ? word.slice(0, -1) : word;
}

function trimFinalE(word: string): string {
  return word.endsWith('e') && word.length > MIN_STEM ? word.slice(0, -1) : word;
}
