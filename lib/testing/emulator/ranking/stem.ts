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
