import { brandError, DiagnosedError } from './diagnosed.error.js';

/**
 * The account has used up its month, or its billing stands in the way; waiting a minute does not help.
 *
 * @publicApi
 */
export class QuotaError extends DiagnosedError {}
brandError(QuotaError, 'QuotaError');
