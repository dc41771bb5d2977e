import { createDiagnosis } from './create-diagnosis.js';
import { classNames } from './cohere-sdk-error.js';
import type { Diagnosis } from './diagnosis.interface.js';
import { readProperty, readString } from './read-safely.js';
import { redact } from './redact/redact.js';

/**
 * The SDK checks requests and responses with `JsonError` and `ParseError`, which are no CohereErrors. Their
 * messages quote values, so only the paths are shown.
 */
export function diagnoseSerializationError(error: unknown): Diagnosis | undefined {
  const names = classNames(error);
  const paths = readPaths(readProperty(error, 'errors'));
  if (paths === undefined) {
    return undefined;
  }
  if (names.includes('JsonError')) {
    return createDiagnosis('COHERE_REQUEST_INVALID', {
      detail: `cohere-ai refused the request before sending it; wrong or missing: ${paths}.`,
    });
  }
  if (names.includes('ParseError')) {
    return createDiagnosis('COHERE_RESPONSE_INVALID', {
      detail: `cohere-ai could not read the answer; wrong or missing: ${paths}.`,
    });
  }
  return undefined;
}

const PATH = /^[A-Za-z_[][\w.[\]]{0,40}$/;

function readPaths(errors: unknown): string | undefined {
  if (!Array.isArray(errors)) {
    return undefined;
  }
  const paths = errors.slice(0, 5).map((error: unknown) => {
    const path = readProperty(error, 'path');
    const missing = /^Missing required key "(\w{1,40})"/.exec(readString(error, 'message') ?? '');
    const parts: readonly unknown[] = Array.isArray(path) ? [...path, missing?.[1]] : [];
    return redact(parts.filter((part) => typeof part === 'string' && PATH.test(part)).join('.'));
  });
  return paths.filter((path) => path !== '').join(', ') || 'the whole of it';
}
