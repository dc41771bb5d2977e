import { KEY, MODEL } from './credentials.mjs';

/** What one writes without a library: no deadline, no retry, no check of the answer but its status. */
export function create({ url }) {
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  return async (query, documents) => {
    const response = await fetch(`${url}/v2/rerank`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ model: MODEL, query, documents }),
    });
    if (!response.ok) {
      throw new Error(`status ${response.status}`);
    }
    return (await response.json()).results.length;
  };
}
