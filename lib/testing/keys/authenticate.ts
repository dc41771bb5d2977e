import { MESSAGES } from '../wire/messages.js';
import { Refusal } from '../wire/refusal.js';
import { bearerToken } from './bearer-token.js';
import type { KeyRegistry } from './key-registry.js';
import type { KeyState } from './key-state.js';

/** A key that is valid, whatever it may do. */
export interface Caller {
  readonly key: string;
  readonly state: KeyState;
}

/** Who calls; throws the 401 for a key that opens nothing. */
export function authenticate(authorization: string | undefined, keys: KeyRegistry): Caller {
  const key = bearerToken(authorization);
  if (key === undefined) {
    throw new Refusal(401, MESSAGES.noApiKey);
  }
  const state = keys.stateOf(key);
  if (state === 'expired') {
    throw new Refusal(401, MESSAGES.expiredKey);
  }
  if (state === undefined || state === 'revoked') {
    throw new Refusal(401, MESSAGES.invalidToken);
  }
  return { key, state };
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
