import { STATUS_CODES } from 'node:http';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { RateLimitError } from '../diagnosis/errors.js';

/**
 * The body of every answer the filter gives. Holds nothing of the request and nothing of the key but
 * the name of the setting it comes from.
 *
 * @publicApi
 */
export interface CohereErrorResponse {
  readonly statusCode: number;
  /** The status' own name, e.g. `Unauthorized`. */
  readonly error: string;
  readonly message: string;
  readonly code: Diagnosis['code'];
  readonly fix: readonly string[];
  readonly docs: string;
}

export function errorResponse({
  httpStatus,
  title,
  code,
  fix,
  docs,
}: Diagnosis): CohereErrorResponse {
  return {
    statusCode: httpStatus,
    error: STATUS_CODES[httpStatus] ?? 'Error',
    message: title,
    code,
    fix,
    docs,
  };
}

/** The headers HTTP asks for beside the body. */
export function errorHeaders(diagnosis: Diagnosis, error: unknown): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  if (diagnosis.httpStatus === 401) {
    // RFC 9110 section 15.5.2: a 401 must carry a challenge.
    headers.set(
      'WWW-Authenticate',
      `Bearer realm="cohere", error="invalid_token", error_description="${diagnosis.code}"`,
    );
  }
  if (error instanceof RateLimitError && error.retryAfterMs !== undefined) {
    headers.set('Retry-After', String(Math.ceil(error.retryAfterMs / 1000)));
  }
  return headers;
}
