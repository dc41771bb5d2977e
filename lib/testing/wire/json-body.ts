import { MESSAGES } from './messages.js';
import { Refusal } from './refusal.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** The fields an endpoint knows, and the page of the reference its 422 points to. */
export interface BodyShape {
  readonly fields: ReadonlySet<string>;
  readonly page: string;
}

/** Reads a JSON object; throws the 400 for what is none and the 422 for a field nobody knows. */
export function parseBody(text: string, shape: BodyShape): JsonObject {
  const body = parseJson(text);
  if (!isJsonObject(body)) {
    throw new Refusal(400, MESSAGES.invalidJson('the body must be an object'));
  }
  for (const field of Object.keys(body)) {
    if (!shape.fields.has(field)) {
      throw new Refusal(422, MESSAGES.unknownField(field, shape.page));
    }
  }
  return body;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Refusal(
      400,
      MESSAGES.invalidJson(error instanceof Error ? error.message : 'unexpected end of input'),
    );
  }
}
