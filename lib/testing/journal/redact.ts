import type { IncomingHttpHeaders } from 'node:http';
import { fingerprint } from '../keys/fingerprint.js';

const SECRET_HEADERS = new Set(['authorization', 'proxy-authorization', 'cookie']);

/** Puts the fingerprint wherever the key itself stands. */
export function redactKey(text: string, key: string | undefined): string {
  return key === undefined || !text.includes(key) ? text : text.replaceAll(key, fingerprint(key));
}

export function redactHeaders(
  headers: IncomingHttpHeaders,
  key: string | undefined,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !SECRET_HEADERS.has(name)) {
      kept[name] = redactKey(String(value), key);
    }
  }
  return kept;
}
