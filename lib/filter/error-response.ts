import { STATUS_CODES } from 'node:http';
import { diagnose } from '../diagnosis/diagnose.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { readRetryAfter } from './cohere-failure.js';

/**
 * Options of the exception filter.
 *
 * @publicApi
 */
export interface CohereFilterOptions {
  /**
   * The HTTP status of an answer, an integer from 400 to 599. Anything else is logged once, and the status of
   * the diagnosis is used. gRPC statuses follow it. Default: `diagnosis.httpStatus`.
   *
   * @example
   * ```ts
   * // The key is the server's, not the caller's: a 401 would log browser users out.
   * statusFor: ({ httpStatus }) => (httpStatus === 401 ? 502 : httpStatus)
   * ```
   */
  readonly statusFor?: ((diagnosis: Diagnosis) => number) | undefined;
  /** The content of an answer. `code` omits title and steps, for clients outside the team. Default `full`. */
  readonly expose?: 'full' | 'code' | undefined;
}

/** The token of the options that `filter: { … }` of the module sets. */
export const COHERE_FILTER_OPTIONS = 'COHERE_FILTER_OPTIONS';

/**
 * The body of every answer of the filter. It contains no data of the request, no file path, and of the key
 * only the name of its setting.
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
  /** The retry delay that the server sent, in milliseconds, if any. */
  readonly retryAfterMs?: number | undefined;
}

/** The answer for a call that its caller aborted, without a code. */
export type ErrorAnswer = Omit<CohereErrorResponse, 'code'> & Partial<CohereErrorResponse>;

/** Returns the answer for a client on any transport. */
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
  const { code, title, clientTitle = title, clientFix: fix, docs } = diagnosis;
  const retryAfterMs = readRetryAfter(error);
  const texts =
    (options.expose ?? 'full') === 'full'
      ? { message: clientTitle, code, fix, docs }
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
