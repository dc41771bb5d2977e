import { fingerprint } from '../../../config/api-key/secret.js';
import type { Credential } from './authenticate.js';
import {
  isKeyState,
  KEY_STATES,
  READY_MADE_STATES,
  type EmulatedKey,
  type KeyRateLimit,
  type KeyState,
} from './key-states.js';

/**
 * Extra keys: each with its state, or with its state and its limit, or a list of keys that are all active.
 *
 * @publicApi
 */
export type KeyList = Readonly<Record<string, KeyState | EmulatedKey>> | readonly string[];

interface KnownKey {
  readonly state: KeyState;
  readonly rateLimit: KeyRateLimit | undefined;
  readonly fingerprint: string;
}

/** Which keys one emulator knows, and what each may do now. */
export class KeyRegistry {
  readonly #known = new Map<string, KnownKey>();

  constructor(extra: KeyList = []) {
    for (const [key, state] of [...READY_MADE_STATES, ...entriesOf(extra)]) {
      this.set(key, state);
    }
  }

  /**
   * A state alone leaves the rate limit as it is.
   *
   * @throws RangeError for a state or a limit that cannot be
   */
  set(key: string, description: KeyState | EmulatedKey): void {
    const { state, rateLimit } =
      typeof description === 'string'
        ? { state: description, rateLimit: this.#known.get(key)?.rateLimit }
        : { state: description.state ?? 'active', rateLimit: description.rateLimit };
    requireState(state);
    requireRateLimit(rateLimit);
    this.#known.set(key, { state, rateLimit, fingerprint: fingerprint(key) });
  }

  credentialOf(key: string | undefined): Credential {
    if (key === undefined) {
      return { key, fingerprint: undefined, state: undefined, rateLimit: undefined };
    }
    const { state, rateLimit, fingerprint: known } = this.#known.get(key) ?? {};
    return { key, fingerprint: known ?? fingerprint(key), state, rateLimit };
  }
}

// The messages quote no state: an argument in the wrong place could be the key.
function requireState(state: unknown): void {
  if (!isKeyState(state)) {
    throw new RangeError(`The state of a key must be one of ${KEY_STATES.join(', ')}.`);
  }
}

function requireRateLimit(limit: KeyRateLimit | undefined): void {
  if (limit === undefined) {
    return;
  }
  const { requests, perMs } = limit;
  if (!Number.isInteger(requests) || requests < 1) {
    throw new RangeError(`rateLimit.requests must be a whole number from 1; it is ${requests}.`);
  }
  if (!Number.isFinite(perMs) || perMs <= 0) {
    throw new RangeError(`rateLimit.perMs must be a number above 0; it is ${perMs}.`);
  }
}

function entriesOf(keys: KeyList): readonly (readonly [string, KeyState | EmulatedKey])[] {
  return isList(keys) ? keys.map((key) => [key, 'active'] as const) : Object.entries(keys);
}

function isList(keys: KeyList): keys is readonly string[] {
  return Array.isArray(keys);
}
