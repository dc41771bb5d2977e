import { CohereClientV2 } from 'cohere-ai';
import { COHERE_AI, FETCH, OURS } from '../rerank/contenders/index.mjs';
import { KEY, MODEL } from '../rerank/contenders/credentials.mjs';
import { createRerankService } from '../rerank/contenders/nestjs-cohere.mjs';

export const CONTENDERS = [OURS, FETCH, COHERE_AI];

const query = 'which engine is a Wankel?';
const documents = ['A rotary engine', 'A diesel engine'];

/** @returns a function that makes one call, which takes no longer than the deadline */
export async function create(contender, { url, timeoutMs }) {
  if (contender === OURS) {
    const service = await createRerankService({ baseUrl: url, timeoutMs });
    return () => service.rerank({ query, documents });
  }
  if (contender === COHERE_AI) {
    const client = new CohereClientV2({ token: KEY, baseUrl: url });
    return () =>
      client.rerank({ model: MODEL, query, documents }, { timeoutInSeconds: timeoutMs / 1_000 });
  }
  return async () => {
    const response = await fetch(`${url}/v2/rerank`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, query, documents }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) {
      throw new Error(`status ${response.status}`);
    }
    return response.json();
  };
}
