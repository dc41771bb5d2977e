import type { EmulatedKey, KeyState } from './key-states.js';
import { MESSAGES, Refusal } from '../wire/response.js';

/** The key of a request, and what the emulator knows about it. */
export interface Credential extends Pick<EmulatedKey, 'rateLimit' | 'organizationId'> {
  /** `undefined` when the request had no key. */
  readonly key: string | undefined;
  /** How the key is named, `sha256:1f3a9c02`. */
  readonly fingerprint: string | undefined;
  /** `undefined` for an unknown key. */
  readonly state: KeyState | undefined;
}

/** A valid key, whatever it may do. */
export interface Caller extends Omit<Credential, 'fingerprint'> {
  readonly key: string;
  readonly state: KeyState;
}

/** The caller; throws the 401 for a key that is not valid. */
export function authenticate(credential: Credential): Caller {
  const { key, state } = credential;
  if (key === undefined) {
    throw new Refusal(401, MESSAGES.noApiKey);
  }
  if (state === 'expired') {
    throw new Refusal(401, MESSAGES.expiredKey);
  }
  if (state === undefined || state === 'revoked') {
    throw new Refusal(401, MESSAGES.invalidToken);
  }
  return { ...credential, key, state };
}

/** Throws the 402 or 403 for a valid key that may not rerank. */
export function requireRerank(state: KeyState): void {
  if (state === 'no-rerank') {
    throw new Refusal(403, MESSAGES.forbidden);
  }
  if (state === 'unpaid') {
    throw new Refusal(402, MESSAGES.paymentMethod);
  }
}

const BEARER = /^bearer (.*)$/is;

/**
 * The token of an `Authorization: Bearer …` header, exactly as sent: an extra space makes
 * it another token, as it would for Cohere. `undefined` where there is none.
 */
export function bearerToken(header: string | undefined): string | undefined {
  const token = BEARER.exec(header ?? '')?.[1];
  return token === undefined || token.trim() === '' ? undefined : token;
}
