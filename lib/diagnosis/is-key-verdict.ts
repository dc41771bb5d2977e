import { CATALOGUE } from './catalogue/index.js';
import type { Diagnosis } from './diagnosis.interface.js';

/**
 * Whether the diagnosis is certain about the key: it is missing, cannot be one, or Cohere itself refused
 * it. All else (network, HTML, limits, failures) says nothing about the key.
 */
export function isKeyVerdict({ code }: Pick<Diagnosis, 'code'>): boolean {
  return CATALOGUE[code].error === 'AuthenticationError';
}
