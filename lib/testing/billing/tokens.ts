// Cohere's tokenizers are not part of its API. Four bytes of UTF-8 are about one token: four letters of
// English, two of Russian, one and a third of Japanese. It is cheap, and the same everywhere.
const BYTES_A_TOKEN = 4;
const MAX_BYTES_A_CODE_UNIT = 3;

/** About how many tokens a text has. */
export function countTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_A_TOKEN);
}

/** The text up to its `limit`-th token, without cutting a character in two. */
export function truncateToTokens(text: string, limit: number): string {
  const bytes = limit * BYTES_A_TOKEN;
  if (text.length * MAX_BYTES_A_CODE_UNIT <= bytes || Buffer.byteLength(text) <= bytes) {
    return text;
  }
  // As a stream, the decoder keeps back the bytes of a character that has not come to its end.
  return new TextDecoder().decode(Buffer.from(text).subarray(0, bytes), { stream: true });
}
