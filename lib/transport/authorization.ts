import type { Secret } from '../config/secret.js';

/** The header that carries the key. The one line in which a key is unwrapped for a request. */
export function authorization(key: Secret | undefined): string | undefined {
  return key === undefined ? undefined : `Bearer ${key.reveal()}`;
}
