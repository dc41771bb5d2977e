// Cohere's tokenizers are not public API. A token here is up to six letters or digits, one character of a
// script without blanks, or one sign: near enough to bill and to cut long documents alike every time.
const TOKEN =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}\p{N}\p{M}]{1,6}|[^\s\p{L}\p{N}\p{M}]/gu;

export function countTokens(text: string): number {
  return text.match(TOKEN)?.length ?? 0;
}

/** The text up to its `limit`-th token. */
export function truncateToTokens(text: string, limit: number): string {
  if (text.length <= limit) {
    return text;
  }
  let seen = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (seen === limit) {
      return text.slice(0, match.index);
    }
    seen += 1;
  }
  return text;
}
