import { randomUUID } from 'node:crypto';

const DASHBOARD = 'https://dashboard.cohere.com';

const TRIAL_ADVICE =
  `You can continue to use the Trial key for free or upgrade to a Production key with higher rate ` +
  `limits at '${DASHBOARD}/api-keys'. Contact us on 'https://discord.gg/XW44jPfYJu' or email us at ` +
  `support@cohere.com with any questions`;

/**
 * Texts that Cohere documents (https://docs.cohere.com/reference/errors) or that its users report.
 * If neither exists, the text is ours, and docs/testing.md lists it.
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

/** Texts by status: documented by Cohere, reported by its users, or ours. */
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

/** Returns an error in Cohere's shape, `{ id, message }`; its 401s were recorded without the id. */
export function emulatorError(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): EmulatorResponse {
  const body = status === 401 ? { message } : { id: randomUUID(), message };
  return emulatorResponse(status, body, headers);
}

/** The body of a request, parsed once for journal and endpoint. */
export interface RequestBody {
  readonly text: string;
  /** The JSON value; `undefined` without one. */
  readonly value: unknown;
  /** The reason why the text is not JSON; `undefined` if it is. */
  readonly syntaxError: string | undefined;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function parseRequestBody(text: string): RequestBody {
  try {
    return { text, value: JSON.parse(text), syntaxError: undefined };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { text, value: undefined, syntaxError: reason };
  }
}

/** Returns the body as a JSON object; throws the 400 for anything else. */
export function readObject(body: RequestBody): JsonObject {
  if (body.syntaxError !== undefined) {
    throw new Refusal(400, MESSAGES.invalidJson(body.syntaxError));
  }
  if (!isJsonObject(body.value)) {
    throw new Refusal(400, MESSAGES.invalidJson('the body must be an object'));
  }
  return body.value;
}

/** Returns the unknown fields of an object. */
export function unknownFields(body: JsonObject, known: ReadonlySet<string>): readonly string[] {
  return Object.keys(body).filter((field) => !known.has(field));
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns a whole number within bounds, or `undefined` if the field is absent or null. */
export function integerField(
  body: JsonObject,
  field: string,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const value = body[field] ?? undefined;
  if (value === undefined) {
    return undefined;
  }
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    const range =
      max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `between ${min} and ${max}`;
    throw new Refusal(400, MESSAGES.wrongType(field, `an integer ${range}`));
  }
  return value;
}

export function numberField(
  body: JsonObject,
  field: string,
  min: number,
  max: number,
): number | undefined {
  const value = body[field] ?? undefined;
  if (value === undefined) {
    return undefined;
  }
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw new Refusal(400, MESSAGES.wrongType(field, `a number between ${min} and ${max}`));
  }
  return value;
}

export function stringField(body: JsonObject, field: string): string | undefined {
  const value = body[field] ?? undefined;
  if (value !== undefined && typeof value !== 'string') {
    throw new Refusal(400, MESSAGES.wrongType(field, 'a string'));
  }
  return value;
}

export function booleanField(body: JsonObject, field: string): boolean | undefined {
  const value = body[field] ?? undefined;
  if (value !== undefined && typeof value !== 'boolean') {
    throw new Refusal(400, MESSAGES.wrongType(field, 'a boolean'));
  }
  return value;
}

export function listField(body: JsonObject, field: string): readonly unknown[] | undefined {
  const value = body[field] ?? undefined;
  if (value !== undefined && !Array.isArray(value)) {
    throw new Refusal(400, MESSAGES.wrongType(field, 'a list'));
  }
  return value;
}

export function isString(value: unknown): value is string {
  return typeof value === 'string';
}
