import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';

/**
 * How the exception filter answers.
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
   * // The key is the server's, not the caller's: browsers must not take it for the end of their session.
   * statusFor: ({ httpStatus }) => (httpStatus === 401 ? 502 : httpStatus)
   * ```
   */
  readonly statusFor?: ((diagnosis: Diagnosis) => number) | undefined;
  /** `code` leaves out what is wrong and how to fix it, for clients outside the team. Default `full`. */
  readonly expose?: 'full' | 'code' | undefined;
}

/** Token of the options that `filter: { … }` of the module sets. */
export const COHERE_FILTER_OPTIONS = 'COHERE_FILTER_OPTIONS';
