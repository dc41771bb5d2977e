import { MESSAGES, Refusal } from './response.js';

/** The body of a request, parsed once for the journal and the endpoint alike. */
export interface RequestBody {
  readonly text: string;
  /** The JSON value; `undefined` where there is none. */
  readonly value: unknown;
  /** Why the text is not JSON; `undefined` when it is. */
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

/** The body as a JSON object; throws the 400 for anything else. */
export function readObject(body: RequestBody): JsonObject {
  if (body.syntaxError !== undefined) {
    throw new Refusal(400, MESSAGES.invalidJson(body.syntaxError));
  }
  if (!isJsonObject(body.value)) {
    throw new Refusal(400, MESSAGES.invalidJson('the body must be an object'));
  }
  return body.value;
}

/** The fields of an object that are not among the known ones. */
export function unknownFields(body: JsonObject, known: ReadonlySet<string>): readonly string[] {
  return Object.keys(body).filter((field) => !known.has(field));
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A whole number within bounds, or `undefined` where the field is absent or null. */
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
