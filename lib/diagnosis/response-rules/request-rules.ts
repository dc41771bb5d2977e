import type { ResponseRule } from './response-rule.interface.js';

const MODEL_REFUSED = [400, 404, 410, 422];
const ARGUMENT_REFUSED = [400, 422];

export const MODEL_RULES: readonly ResponseRule[] = [
  {
    status: MODEL_REFUSED,
    says: /model\b.*\b(?:was|has been) (?:removed|retired|shut down|deprecated)/i,
    code: 'COHERE_MODEL_NOT_FOUND',
    title: 'Cohere has removed the model.',
    fix: [
      'Set COHERE_RERANK_MODEL (or the option model) to a current one, see https://docs.cohere.com/docs/rerank.',
      'Retired models and what replaces them: https://docs.cohere.com/docs/deprecations.',
    ],
  },
  {
    status: MODEL_REFUSED,
    says: /fine-?tuned model\b.*\bnot found/i,
    code: 'COHERE_MODEL_NOT_FOUND',
    title: 'Cohere does not know the fine-tuned model.',
    fix: [
      'Set COHERE_RERANK_MODEL (or the option model) to a current one; fine-tuned rerank models have been retired.',
      'See https://docs.cohere.com/docs/rerank for the current ids.',
    ],
  },
  {
    status: MODEL_REFUSED,
    says: /model\b.*\bnot supported by the\b/i,
    code: 'COHERE_MODEL_NOT_FOUND',
    title: 'The model does not serve rerank.',
    fix: [
      'Set COHERE_RERANK_MODEL (or the option model) to a rerank model; chat and embedding models cannot rank.',
      'See https://docs.cohere.com/docs/rerank for the current ids.',
    ],
  },
  {
    status: MODEL_REFUSED,
    says: /model\b.*\b(?:not found|does not exist|unknown|no access)|unknown model/i,
    code: 'COHERE_MODEL_NOT_FOUND',
  },
  {
    status: [404, 410],
    format: ['json'],
    path: /\/models\/[^/]+$/,
    code: 'COHERE_MODEL_NOT_FOUND',
  },
];

export const REQUEST_RULES: readonly ResponseRule[] = [
  refused(/model parameter is required/i, 'The request names no model.', [
    'Set COHERE_RERANK_MODEL, or the option model; this deployment has no model of its own.',
  ]),
  refused(/unknown field|not a valid field/i, 'Cohere does not know a parameter of the request.', [
    'Leave the parameter out that the detail names, or use a model and deployment that know it.',
  ]),
  refused(/list of documents must not be empty/i, 'The request has no documents.', [
    'Pass at least one document that is not blank.',
  ]),
  refused(/document at index \d+ cannot be empty/i, 'A document is empty.', [
    'Leave out the document at the index the detail names, or give it text.',
  ]),
  refused(/query must not be empty/i, 'The query is blank.', ['Pass a query that holds text.']),
  refused(/max chunks|too many (?:chunks|documents)/i, 'The request has too many documents.', [
    'Lower maxDocumentsPerRequest, so that the library splits the documents into more requests.',
  ]),
  refused(/too many tokens/i, 'The query or the documents are too long for the model.', [
    'Shorten the query, or lower maxTokensPerDoc.',
    'Or use a model with a longer context, see https://docs.cohere.com/docs/rerank.',
  ]),
  refused(/rank_fields/i, 'The fields to rank by are wrong.'),
  refused(/invalid json/i, 'The request did not arrive as it was sent.', [
    'Check that no proxy on the way changes or cuts the bodies of requests.',
  ]),
  {
    status: [413],
    code: 'COHERE_REQUEST_INVALID',
    title: 'The request is too large for Cohere, or for a proxy on the way.',
    fix: [
      'Lower maxDocumentsPerRequest, or send shorter documents.',
      'If a proxy stands in between, raise the size of bodies it lets through.',
    ],
  },
  {
    status: [498],
    code: 'COHERE_REQUEST_INVALID',
    title: 'Cohere refuses the content of the request; the key is not the cause.',
    fix: ['Find the query or document with the text Cohere does not accept, and leave it out.'],
  },
  { status: ARGUMENT_REFUSED, code: 'COHERE_REQUEST_INVALID' },
];

function refused(says: RegExp, title: string, fix?: readonly string[]): ResponseRule {
  return {
    status: ARGUMENT_REFUSED,
    says,
    code: 'COHERE_REQUEST_INVALID',
    title,
    ...(fix === undefined ? {} : { fix }),
  };
}
