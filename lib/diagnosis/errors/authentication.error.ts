import { brandError, DiagnosedError } from './diagnosed.error.js';

/**
 * The API key is missing, cannot be right, or was refused by Cohere. The exception filter answers 401.
 *
 * @publicApi
 */
export class AuthenticationError extends DiagnosedError {}
brandError(AuthenticationError, 'AuthenticationError');
