import { CATALOGUE } from '../catalogue/index.js';
import type { Diagnosis } from '../diagnosis.interface.js';
import { AuthenticationError } from './authentication.error.js';
import { ConfigurationError } from './configuration.error.js';
import type { DiagnosedError } from './diagnosed.error.js';
import { InvalidRequestError } from './invalid-request.error.js';
import { QuotaError } from './quota.error.js';
import { RateLimitError } from './rate-limit.error.js';
import { TimeoutError } from './timeout.error.js';
import { UnavailableError } from './unavailable.error.js';

/** The error of the class that the catalogue names for the diagnosis' code. */
export function createError(diagnosis: Diagnosis, retryAfterMs?: number): DiagnosedError {
  const { error } = CATALOGUE[diagnosis.code];
  switch (error) {
    case 'AuthenticationError':
      return new AuthenticationError(diagnosis);
    case 'ConfigurationError':
      return new ConfigurationError(diagnosis);
    case 'InvalidRequestError':
      return new InvalidRequestError(diagnosis);
    case 'RateLimitError':
      return new RateLimitError(diagnosis, retryAfterMs);
    case 'QuotaError':
      return new QuotaError(diagnosis);
    case 'UnavailableError':
      return new UnavailableError(diagnosis);
    case 'TimeoutError':
      return new TimeoutError(diagnosis);
    default:
      return error satisfies never;
  }
}
