import { request } from 'undici';
import { KEY, MODEL } from './credentials.mjs';

/** The least one can write on undici: no deadline, no retry, no check of the answer but its status. */
export function create({ url }) {
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  return async (query, documents) => {
    const { statusCode, body } = await request(`${url}/v2/rerank`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ model: MODEL, query, documents }),
    });
    if (statusCode !== 200) {
      throw new Error(`status ${statusCode}`);
    }
    return (await body.json()).results.length;
  };
}
