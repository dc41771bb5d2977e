import { brandError, DiagnosedError } from './diagnosed.error.js';

/**
 * The call itself cannot succeed: an argument is wrong, or the model does not exist.
 *
 * @publicApi
 */
export class InvalidRequestError extends DiagnosedError {}
brandError(InvalidRequestError, 'InvalidRequestError');
