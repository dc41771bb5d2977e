import { createDiagnosis } from '../../diagnosis/create-diagnosis.js';
import { InvalidRequestError } from '../../diagnosis/errors/invalid-request.error.js';

/**
 * An argument of a call is wrong.
 *
 * @param name `topN`, `documents[3]`
 * @param allowed what it must be: `a whole number from 1`
 * @param found what it is, without any content of query or documents
 */
export function invalidArgument(name: string, allowed: string, found: string): InvalidRequestError {
  return new InvalidRequestError(
    createDiagnosis('COHERE_REQUEST_INVALID', {
      title: `${name} must be ${allowed}.`,
      detail: `${name} is ${found}. Nothing was sent to Cohere.`,
      fix: [`Pass ${allowed} as ${name}.`],
    }),
  );
}

/** Names a value by its kind; only numbers and booleans are harmless enough to be quoted. */
export function kindOf(value: unknown): string {
  switch (typeof value) {
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'string':
      return value.trim() === '' ? 'blank' : 'a string';
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? 'an array' : 'an object';
    default:
      return `a ${typeof value}`;
  }
}
