/** Looks like a key, opens nothing. */
export const KEY = 'bench0000000000000000000000000000000keys';
export const MODEL = 'rerank-v5.0-fast';
