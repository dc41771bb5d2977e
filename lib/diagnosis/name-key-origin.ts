import type { Diagnosis } from './diagnosis.interface.js';

/**
 * Puts where the key came from in front, in place of the short clause that the classification writes, so
 * that the report names the key once, and first.
 *
 * @param origin `COHERE_API_KEY from .env:3, 42 characters, sha256:1f3a9c02`
 */
export function nameKeyOrigin(diagnosis: Diagnosis, origin: string): Diagnosis {
  const detail = diagnosis.detail.replace(/ Key: .*$/, '');
  return { ...diagnosis, detail: `${origin}. ${detail}` };
}
