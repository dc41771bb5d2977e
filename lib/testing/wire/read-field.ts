import type { JsonObject } from './json-body.js';
import { MESSAGES } from './messages.js';
import { Refusal } from './refusal.js';

/** A whole number within bounds, or `undefined` where the field is absent or null. */
export function readInteger(
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

export function readNumber(
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

export function readString(body: JsonObject, field: string): string | undefined {
  const value = body[field] ?? undefined;
  if (value !== undefined && typeof value !== 'string') {
    throw new Refusal(400, MESSAGES.wrongType(field, 'a string'));
  }
  return value;
}

export function readBoolean(body: JsonObject, field: string): boolean | undefined {
  const value = body[field] ?? undefined;
  if (value !== undefined && typeof value !== 'boolean') {
    throw new Refusal(400, MESSAGES.wrongType(field, 'a boolean'));
  }
  return value;
}

export function readList(body: JsonObject, field: string): readonly unknown[] | undefined {
  const value = body[field] ?? undefined;
  if (value !== undefined && !Array.isArray(value)) {
    throw new Refusal(400, MESSAGES.wrongType(field, 'a list'));
  }
  return value;
}

export function isString(value: unknown): value is string {
  return typeof value === 'string';
}
