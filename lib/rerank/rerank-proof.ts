import type { CohereSettings } from '../config/resolved-configuration.interface.js';
import { isObject, readJson, UnusableResponse } from '../transport/attempt-failure.js';
import { toJson } from '../transport/cohere-transport.js';
import type { KeyProof } from '../transport/key-check.js';
import { rerankAt } from './rerank-operation.js';

/** Reranks one document: the only proof that a key may rerank; billed as any other. */
export function rerankProof(settings: Pick<CohereSettings, 'model' | 'rerankPath'>): KeyProof {
  const { model } = settings;
  const text = 'startup check';
  return {
    operation: rerankAt(settings),
    model,
    body: toJson({ model, query: text, documents: [text] }),
    judge: (response) => {
      const answer = readJson(response);
      if (!isObject(answer) || !Array.isArray(answer['results'])) {
        throw new UnusableResponse('the body has no results', response);
      }
    },
  };
}
