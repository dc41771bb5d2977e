// Cohere's tokenizers are not part of its API. Four bytes of UTF-8 are about one token: four letters of
// English, two of Russian, one and a third of Japanese. It is cheap, and the same everywhere.
const BYTES_A_TOKEN = 4;
const MAX_BYTES_A_CODE_UNIT = 3;

/** Estimates the number of tokens of a text. */
export function countTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_A_TOKEN);
}

/** Cuts a text after its `limit`-th token, at a whole character. */
export function truncateToTokens(text: string, limit: number): string {
  const bytes = limit * BYTES_A_TOKEN;
  if (text.length * MAX_BYTES_A_CODE_UNIT <= bytes || Buffer.byteLength(text) <= bytes) {
    return text;
  }
  // In stream mode, the decoder holds back the bytes of an incomplete character.
  return new TextDecoder().decode(Buffer.from(text).subarray(0, bytes), { stream: true });
}

// https://cohere.com/pricing: one query with up to 100 documents; longer documents count once per chunk.
const CHUNKS_A_UNIT = 100;
const TOKENS_A_CHUNK = 500;

/** Returns the search units of one rerank. A document over 500 tokens, the query included, counts once per chunk. */
export function searchUnits(query: string, documents: readonly string[]): number {
  const queryTokens = countTokens(query);
  let chunks = 0;
  for (const document of documents) {
    chunks += chunksOf(document, queryTokens);
  }
  return Math.ceil(chunks / CHUNKS_A_UNIT);
}

function chunksOf(document: string, queryTokens: number): number {
  // No text has more tokens than characters, so most are not counted.
  if (document.length + queryTokens <= TOKENS_A_CHUNK) {
    return 1;
  }
  return Math.max(1, Math.ceil((countTokens(document) + queryTokens) / TOKENS_A_CHUNK));
}
