import { randomUUID } from 'node:crypto';

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

/** The text Cohere documents for a status, or one that its users report; the rest is ours. */
export const STATUS_TEXTS: ReadonlyMap<number, string> = new Map([
  [400, MESSAGES.invalidRequest],
  [401, MESSAGES.invalidToken],
  [402, MESSAGES.paymentMethod],
  [403, MESSAGES.forbidden],
  [404, MESSAGES.pageNotFound],
  [405, MESSAGES.methodNotAllowed],
  [408, 'request timeout'],
  [413, MESSAGES.bodyTooLarge],
  [422, 'unprocessable entity'],
  [429, MESSAGES.pastMinuteLimit],
  [498, 'invalid token'],
  [499, 'request cancelled'],
  [500, 'internal server error, this has been reported to our developers.'],
  [501, 'not implemented'],
  [502, 'bad gateway'],
  [503, 'service unavailable'],
  [504, 'gateway timeout'],
]);

const JSON_HEADERS = { 'content-type': 'application/json' } as const;

/** A response before it is written. */
export interface EmulatorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Ends a request with one of Cohere's errors. Never leaves the emulator. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

export function emulatorResponse(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): EmulatorResponse {
  return { status, headers: { ...JSON_HEADERS, ...headers }, body: JSON.stringify(body) };
}

/** Cohere's one error shape, `{ id, message }`; its 401s were recorded without the id. */
export function emulatorError(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): EmulatorResponse {
  const body = status === 401 ? { message } : { id: randomUUID(), message };
  return emulatorResponse(status, body, headers);
}

/** The 200 with what `makeBody` returns, or the refusal that it throws: either has the headers. */
export function respondWith(
  headers: Readonly<Record<string, string>>,
  makeBody: () => object,
): EmulatorResponse {
  try {
    return emulatorResponse(200, makeBody(), headers);
  } catch (error) {
    throw error instanceof Refusal
      ? new Refusal(error.status, error.message, { ...headers, ...error.headers })
      : error;
  }
}
