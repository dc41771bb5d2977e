/** The maximum length of an upstream's message. */
const MAX_SHOWN = 300;
/** The length up to which a text is read, to bound the time. */
const MAX_READ = 16_384;

// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const TERMINAL_SEQUENCE = /\u001b\[[0-?]*[ -/]*[@-~]/g;
// Controls, format characters (bidirectional overrides), what is drawn with no width, and halves of surrogate
// pairs can forge or hide text on a terminal.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;
// GitHub Actions runs `::command::` at the start of a line, also after blanks, and `##[command]` anywhere in it,
// Azure Pipelines `##vso[…]`, TeamCity `##teamcity[…]`; a wrapped line begins at any word.
const WORKFLOW_COMMAND = /(^|[^\w:]):(?=:[A-Za-z])|##(?=\w*\[)/g;

/** Returns one line of printable text: white space folded, no control or invisible character, no workflow command. */
export function toOneLine(text: string): string {
  return toInert(text).replace(/ +/g, ' ').trim();
}

/** Does the same, but keeps blanks. */
export function toInert(text: string): string {
  return text
    .slice(0, MAX_READ)
    .replace(TERMINAL_SEQUENCE, '')
    .replace(/\s/g, ' ')
    .replace(UNPRINTABLE, '')
    .replace(WORKFLOW_COMMAND, '$& ');
}

/** Cuts at a whole character, and marks the cut. */
export function shorten(text: string, limit = MAX_SHOWN): string {
  if (text.length <= limit) {
    return text;
  }
  const kept = text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '');
  return `${kept.trimEnd()}…`;
}

const UNSAFE_IN_JSON =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029]|:(?=:[A-Za-z])|#(?=#\w*\[)/gu;

/** Escapes control characters and workflow commands in JSON. */
export function escapeUnprintable(json: string): string {
  return json.replace(UNSAFE_IN_JSON, (character) =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}
