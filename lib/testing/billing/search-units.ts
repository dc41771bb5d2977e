import { countTokens } from './tokens.js';

// https://cohere.com/pricing: one query with up to 100 documents; longer documents count once per chunk.
const CHUNKS_A_UNIT = 100;
const TOKENS_A_CHUNK = 500;

/** Search units of one rerank. A document over 500 tokens, the query included, counts once per chunk. */
export function searchUnits(query: string, documents: readonly string[]): number {
  const queryTokens = countTokens(query);
  let chunks = 0;
  for (const document of documents) {
    chunks += chunksOf(document, queryTokens);
  }
  return Math.ceil(chunks / CHUNKS_A_UNIT);
}

function chunksOf(document: string, queryTokens: number): number {
  // No text has more tokens than characters, so most need not be counted.
  if (document.length + queryTokens <= TOKENS_A_CHUNK) {
    return 1;
  }
  return Math.max(1, Math.ceil((countTokens(document) + queryTokens) / TOKENS_A_CHUNK));
}
