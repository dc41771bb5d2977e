import { STATUS_CODES } from 'node:http';
import { diagnose } from '../diagnosis/diagnose.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { forClients } from '../diagnosis/render/for-clients.js';
import type { CohereFilterOptions } from './filter-options.js';
import { readRetryAfter } from './cohere-failure.js';

/**
 * The body of every answer of the filter. It holds nothing of the request, no file path, and nothing of the
 * key but the name of the setting it comes from.
 *
 * @publicApi
 */
export interface CohereErrorResponse {
  readonly statusCode: number;
  /** The name of the status, e.g. `Unauthorized`. */
  readonly error: string;
  readonly message: string;
  readonly code: Diagnosis['code'];
  /** Imperative steps, the most likely one first. Left out with `expose: 'code'`. */
  readonly fix?: readonly string[] | undefined;
  /** Address of the code's documentation. Left out with `expose: 'code'`. */
  readonly docs?: string | undefined;
  /** How long Cohere asked to wait, in milliseconds, where it said so. */
  readonly retryAfterMs?: number | undefined;
}

/** An answer without a code says nothing, because nothing is known: the caller gave the call up. */
export type ErrorAnswer = Omit<CohereErrorResponse, 'code'> & Partial<CohereErrorResponse>;

/** What the client is told of an error, whatever the transport. */
export function answerFor(
  error: unknown,
  options: CohereFilterOptions,
  warn: (message: string) => void,
): ErrorAnswer {
  const diagnosis = diagnose(error);
  if (diagnosis === undefined) {
    return { ...statusAndName(500), message: 'Internal server error' };
  }
  const status = statusAndName(statusOf(diagnosis, options, warn));
  const { code, title, fix, docs } = forClients(diagnosis);
  const retryAfterMs = readRetryAfter(error);
  const texts =
    (options.expose ?? 'full') === 'full'
      ? { message: title, code, fix, docs }
      : { message: status.error, code };
  return retryAfterMs === undefined
    ? { ...status, ...texts }
    : { ...status, ...texts, retryAfterMs };
}

function statusAndName(statusCode: number): Pick<ErrorAnswer, 'statusCode' | 'error'> {
  return { statusCode, error: STATUS_CODES[statusCode] ?? 'Error' };
}

function statusOf(
  diagnosis: Diagnosis,
  { statusFor }: CohereFilterOptions,
  warn: (message: string) => void,
): number {
  if (statusFor === undefined) {
    return diagnosis.httpStatus;
  }
  try {
    const status: unknown = statusFor(diagnosis);
    if (typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599) {
      return status;
    }
    warn(`statusFor returned ${String(status)} for ${diagnosis.code}; allowed: 400 to 599.`);
  } catch {
    warn(`statusFor threw for ${diagnosis.code}.`);
  }
  return diagnosis.httpStatus;
}
