import { MESSAGES } from './messages.js';
import { Refusal } from './refusal.js';
import type { RequestBody } from './request-body.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** The fields an endpoint knows, and the page of the reference its 422 points to. */
export interface BodyShape {
  readonly fields: ReadonlySet<string>;
  readonly page: string;
}

/** A JSON object; throws the 400 for what is none and the 422 for a field nobody knows. */
export function readObject(body: RequestBody, shape: BodyShape): JsonObject {
  if (body.syntaxError !== undefined) {
    throw new Refusal(400, MESSAGES.invalidJson(body.syntaxError));
  }
  if (!isJsonObject(body.value)) {
    throw new Refusal(400, MESSAGES.invalidJson('the body must be an object'));
  }
  for (const field of Object.keys(body.value)) {
    if (!shape.fields.has(field)) {
      throw new Refusal(422, MESSAGES.unknownField(field, shape.page));
    }
  }
  return body.value;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
