import { holdsSecret } from '../diagnosis/redact/known-secret.js';
import { foreignProvider } from './api-key/telltale-values.js';

const LONGEST_SHOWN = 60;

/**
 * Describes an invalid value: shortened, with control characters escaped. Hides it if it contains one of `secrets` or
 * looks like a misplaced credential.
 */
export function describeValue(value: unknown, secrets: readonly string[] = []): string {
  switch (typeof value) {
    case 'string':
      return describeText(value, secrets);
    case 'number':
    case 'boolean':
    case 'bigint':
      return `the ${typeof value} ${String(value)}`;
    case 'undefined':
      return 'nothing';
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? 'an array' : 'an object';
    default:
      return `a ${typeof value}`;
  }
}

/** Names the type of a value that must not be shown. */
export function describeType(value: unknown): string {
  if (value === undefined || value === null) {
    return String(value);
  }
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function describeText(text: string, secrets: readonly string[]): string {
  if (text.trim() === '') {
    return text === '' ? 'an empty text' : 'a blank text';
  }
  if (mayBeSecret(text, secrets)) {
    return `a string of ${text.length} characters that may be a secret and is not shown`;
  }
  const shown = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
  return JSON.stringify(shown).replace(
    /[\u007f-\u009f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Returns true if a text contains part of a secret, or looks like a credential. */
export function mayBeSecret(text: string, secrets: readonly string[]): boolean {
  const isPiece = (secret: string) => text.length >= 8 && secret.includes(text.trim());
  return holdsSecret(text, secrets) || secrets.some(isPiece) || looksLikeSecret(text);
}

/** Recognizes a credential: a long run of letters and digits, a known provider's key, or credentials in an address. */
export function looksLikeSecret(text: string): boolean {
  const runs = text.match(/[A-Za-z0-9]{20,}/g) ?? [];
  return (
    runs.some((run) => /\d/.test(run) || (/[a-z]/.test(run) && /[A-Z]/.test(run))) ||
    foreignProvider(text.trim()) !== undefined ||
    hasCredentials(text) ||
    /^(?:bearer|basic)\s/i.test(text)
  );
}

/** Matches `user:password@host`, with or without a scheme; a password may contain slashes. */
function hasCredentials(text: string): boolean {
  const at = text.lastIndexOf('@');
  return at !== -1 && /:|\/\//.test(text.slice(0, at));
}
