import { brandError, DiagnosedError } from './diagnosed.error.js';

/**
 * Cohere could not be reached, failed, or answered something that cannot be believed.
 *
 * @publicApi
 */
export class UnavailableError extends DiagnosedError {}
brandError(UnavailableError, 'UnavailableError');
