export const OURS = 'nestjs-cohere';
export const COHERE_AI = 'cohere-ai';
export const FETCH = 'fetch';
export const UNDICI = 'undici-request';

/** Each is a file here: `create({ url, concurrency })` gives one function, from (query, documents) to the number of results. */
export const CONTENDERS = [OURS, COHERE_AI, FETCH, UNDICI, 'langchain', 'ai-sdk'];
