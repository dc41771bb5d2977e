/** Longest message of somebody else that is shown. */
const SHOWN_CHARACTERS = 300;

// eslint-disable-next-line no-control-regex -- control characters are what this is about
const TERMINAL_SEQUENCE = /\u001b\[[0-?]*[ -/]*[@-~]/g;
// Controls, format characters (zero-width, bidirectional overrides) and halves of surrogate pairs can
// forge or hide text on a terminal.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}]/gu;

/** One line of printable text: white space folded, control and format characters removed. */
export function toOneLine(text: string): string {
  return text.replace(TERMINAL_SEQUENCE, '').replace(/\s+/g, ' ').replace(UNPRINTABLE, '').trim();
}

/** Cuts at a whole character; the cut shows. */
export function shorten(text: string, limit = SHOWN_CHARACTERS): string {
  if (text.length <= limit) {
    return text;
  }
  const kept = text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '');
  return `${kept.trimEnd()}…`;
}
