import { requirePeer } from '../../peers.mjs';
import { KEY, MODEL } from './credentials.mjs';

export function create({ url }) {
  const { rerank } = requirePeer('ai');
  const { createCohere } = requirePeer('@ai-sdk/cohere');
  const model = createCohere({ apiKey: KEY, baseURL: `${url}/v2` }).reranking(MODEL);
  return async (query, documents) => (await rerank({ model, query, documents })).ranking.length;
}
