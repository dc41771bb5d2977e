const DASHBOARD = 'https://dashboard.cohere.com';

const TRIAL_ADVICE =
  `You can continue to use the Trial key for free or upgrade to a Production key with higher rate ` +
  `limits at '${DASHBOARD}/api-keys'. Contact us on 'https://discord.gg/XW44jPfYJu' or email us at ` +
  `support@cohere.com with any questions`;

/**
 * Texts that Cohere documents (https://docs.cohere.com/reference/errors) or that its users report.
 * Where neither exists the text is ours, and docs/testing.md says so.
 */
export const MESSAGES = {
  noApiKey: 'no api key supplied',
  invalidToken: 'invalid api token',
  expiredKey:
    'Your API key has expired. Please create a production key at dashboard.cohere.com or reach out ' +
    'to your contact at Cohere to continue usage.',
  forbidden: 'user does not have the necessary permissions',
  paymentMethod: `Please add or update your payment method at ${DASHBOARD}/billing?tab=payment to continue`,
  pastMinuteLimit: 'You are past the per minute request limit, please wait and try again later.',
  trialMinute: (calls: number) =>
    `You are using a Trial key, which is limited to ${calls} API calls / minute. ${TRIAL_ADVICE}`,
  trialMonth: `You are using a Trial key, which is limited to 1000 API calls / month. ${TRIAL_ADVICE}`,
  pageNotFound: '404 page not found',
  methodNotAllowed: 'method not allowed',
  bodyTooLarge: 'request body too large',
  notJson: 'invalid request: the Content-Type header must be application/json',
  invalidRequest: 'invalid request',
  noModel: 'a model parameter is required for this endpoint.',
  noDocuments: 'invalid request: list of documents must not be empty',
  blankQuery: 'invalid request: query must not be empty or be only whitespace',
  tooManyChunks:
    'invalid request: number of total max chunks (number of documents * max chunks per doc) must be less than 10000',
  noRankFields:
    'invalid request: rank_fields cannot be empty, it must either contain at least one field or be omitted',
  noText: `document does not have a 'snippet' or a 'text' field that can be used for chunking and reranking`,
  emptyDocument: (index: number) => `invalid request: document at index ${index} cannot be empty`,
  invalidJson: (reason: string) => `invalid json syntax: ${reason}`,
  wrongType: (field: string, expected: string) => `invalid request: ${field} must be ${expected}`,
  unknownField: (field: string, page: string) =>
    `unknown field: parameter '${field}' is not a valid field. For proper usage, please refer to https://docs.cohere.com/${page}`,
  ignoredField: (field: string) => `unknown field: parameter ${field} is not a valid field`,
  unknownModel: (model: string) =>
    `model '${model}' not found, make sure the correct model ID was used and that you have access to the model.`,
  removedModel: (model: string, date: string) =>
    `model '${model}' was removed on ${date}. See https://docs.cohere.com/docs/models for a list of models you can use instead.`,
  unsupportedSpans: (model: string) =>
    `invalid request: relevant_spans is not supported by model '${model}'`,
  unsupportedModel: (model: string, api: string) =>
    `invalid request: model '${model}' is not supported by the ${api} API`,
} as const;
