import { brandError, DiagnosedError } from './diagnosed.error.js';

/**
 * The deadline of the whole call (`timeoutMs`) passed before there was an answer.
 *
 * @publicApi
 */
export class TimeoutError extends DiagnosedError {}
brandError(TimeoutError, 'TimeoutError');
