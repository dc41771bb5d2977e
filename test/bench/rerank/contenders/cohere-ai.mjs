import { CohereClientV2 } from 'cohere-ai';
import { KEY, MODEL } from './credentials.mjs';

/** As the SDK comes: its own transport, two retries. */
export function create({ url }) {
  const client = new CohereClientV2({ token: KEY, baseUrl: url });
  return async (query, documents) =>
    (await client.rerank({ model: MODEL, query, documents })).results.length;
}
