import { EXIT_CODE, type CatalogueEntry } from './catalogue-entry.interface.js';

export const REQUEST_ENTRIES = {
  COHERE_REQUEST_INVALID: {
    title: 'The rerank request is invalid.',
    meaning:
      'An argument of the call is wrong; it was found before the request was sent, or Cohere refused it.',
    causes: [
      'The query is blank, topN is no whole number from 1 up, or a document cannot become text.',
      'Cohere does not accept a parameter or a size (HTTP 400, 413 or 422).',
    ],
    fix: ['Correct the argument that the detail names.'],
    reproduce: "await rerankService.rerank({ query: ' ', documents: ['a'] });",
    error: 'InvalidRequestError',
    httpStatus: 400,
    retryable: false,
    exitCode: EXIT_CODE.configuration,
  },
  COHERE_MODEL_NOT_FOUND: {
    title: 'Cohere does not know the model.',
    meaning:
      'The model does not exist, was removed, does not serve rerank, or this account has no access to it.',
    causes: [
      'The id in COHERE_RERANK_MODEL, or the option model, is mistyped.',
      'The model has been retired.',
      'The id is that of a chat or embedding model.',
    ],
    fix: [
      'Set COHERE_RERANK_MODEL, or the option model, to a rerank model that this account can use.',
      'See https://docs.cohere.com/docs/rerank for the current ids.',
    ],
    reproduce: 'COHERE_RERANK_MODEL=rerank-v0 COHERE_STARTUP_CHECK=model npm start',
    error: 'InvalidRequestError',
    httpStatus: 404,
    retryable: false,
    exitCode: EXIT_CODE.configuration,
  },
} as const satisfies Record<string, CatalogueEntry>;
