import type { Diagnosis } from '../../diagnosis/diagnosis.interface.js';

export type RetryKind = 'transient' | 'throttled';

/**
 * Whether trying again may help, and what of: network failures, 408, 429 per minute, and 5xx but 501.
 * Rerank changes nothing at Cohere, so a request that may have arrived can be sent again.
 *
 * @returns undefined when it cannot help, as with a monthly quota
 */
export function retryKind({ code, retryable }: Diagnosis): RetryKind | undefined {
  if (!retryable) {
    return undefined;
  }
  switch (code) {
    case 'COHERE_RATE_LIMITED':
      return 'throttled';
    case 'COHERE_UNREACHABLE':
    case 'COHERE_UPSTREAM_ERROR':
      return 'transient';
    default:
      return undefined;
  }
}
