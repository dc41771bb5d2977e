const VOWEL = /[aeiouy]/;
const MIN_STEM = 3;

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
