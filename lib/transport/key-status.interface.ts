import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';

/**
 * What Cohere says of a key. `rejected` is certain; `undetermined` means that Cohere could not be asked
 * or gave no verdict (network, timeout, rate limit, server error).
 *
 * @publicApi
 */
export interface KeyStatus {
  readonly verdict: 'valid' | 'rejected' | 'undetermined';
  /** Present unless the verdict is `valid`. */
  readonly diagnosis?: Diagnosis;
}
