import type { Diagnosis } from '../diagnosis.interface.js';
import { brandError, DiagnosedError } from './diagnosed.error.js';

/**
 * Too many requests per minute, and no retry fitted into the deadline any more.
 *
 * @publicApi
 */
export class RateLimitError extends DiagnosedError {
  readonly #retryAfterMs: number | undefined;

  constructor(diagnosis: Diagnosis, retryAfterMs?: number) {
    super(diagnosis);
    this.#retryAfterMs = retryAfterMs;
  }

  /** How long Cohere asked to wait, in milliseconds, if it said so. */
  get retryAfterMs(): number | undefined {
    return this.#retryAfterMs;
  }
}
brandError(RateLimitError, 'RateLimitError');
