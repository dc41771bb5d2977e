import type { CohereSettings } from '../config/resolved-configuration.interface.js';
import type { Operation } from '../diagnosis/operation.interface.js';

/** Describes rerank, at Cohere's path. */
export const RERANK: Operation = {
  method: 'POST',
  path: '/v2/rerank',
  name: 'rerank',
  modelSetting: 'COHERE_RERANK_MODEL',
  modelsPage: 'https://docs.cohere.com/docs/rerank',
  inputs: 'documents',
  inputsOption: 'maxDocumentsPerRequest',
  lengthArgument: 'maxTokensPerDoc',
  otherPaths: ['/v1/rerank', '/rerank'],
};

/** Describes rerank at the path that the base URL names, or at Cohere's. */
export function rerankAt({ rerankPath }: Pick<CohereSettings, 'rerankPath'>): Operation {
  return rerankPath === undefined ? RERANK : { ...RERANK, path: rerankPath };
}
