import { createRequire } from 'node:module';
import { requirePeer } from '../../peers.mjs';
import { KEY, MODEL } from './credentials.mjs';

/** It takes no base URL, only a client; so it gets the one it would make, from its own copy of the SDK. */
export function create({ url }) {
  const { CohereRerank } = requirePeer('@langchain/cohere');
  const { CohereClient } = createRequire(requirePeer.resolve('@langchain/cohere'))('cohere-ai');
  const reranker = new CohereRerank({
    client: new CohereClient({ token: KEY, environment: url }),
    model: MODEL,
  });
  return async (query, documents) =>
    (await reranker.rerank(documents, query, { topN: documents.length })).length;
}
