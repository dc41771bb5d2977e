import { createHash } from 'node:crypto';

/** The form in which the rest of the library names a key: `sha256:1f3a9c02`. */
export function fingerprint(key: string): string {
  return `sha256:${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;
}
