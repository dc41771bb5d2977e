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
 * Additional keys: each with its state, or with a state, a rate limit and an organization, or a list of keys that are
 * all active.
 *
 * @publicApi
 */
export type KeyList = Readonly<Record<string, KeyState | EmulatedKey>> | readonly string[];

interface KnownKey extends EmulatedKey {
  readonly state: KeyState;
}

/** The keys of one emulator, and what each may do now. */
export class KeyRegistry {
  readonly #known = new Map<string, KnownKey>();
  readonly #fingerprints = new Map<string, string>();

  constructor(extra: KeyList = []) {
    for (const [key, state] of [...READY_MADE_STATES, ...entriesOf(extra)]) {
      this.set(key, state);
    }
  }

  /**
   * A state alone keeps the rate limit and the organization.
   *
   * @throws RangeError for an unknown state or an invalid limit
   */
  set(key: string, description: KeyState | EmulatedKey): void {
    const known: KnownKey =
      typeof description === 'string'
        ? { ...this.#known.get(key), state: description }
        : { ...description, state: description.state ?? 'active' };
    requireState(known.state);
    requireRateLimit(known.rateLimit);
    this.#known.set(key, known);
  }

  credentialOf(key: string | undefined): Credential {
    if (key === undefined) {
      return { key, fingerprint: undefined, state: undefined };
    }
    const unknown = { state: undefined };
    return { ...(this.#known.get(key) ?? unknown), key, fingerprint: this.#fingerprintOf(key) };
  }

  /** Remembered for known keys: a busy client sends the same one each time. */
  #fingerprintOf(key: string): string {
    const known = this.#fingerprints.get(key);
    if (known !== undefined) {
      return known;
    }
    const fresh = fingerprint(key);
    if (this.#known.has(key)) {
      this.#fingerprints.set(key, fresh);
    }
    return fresh;
  }
}

// The message does not quote the value: with the arguments swapped, it is the key.
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
