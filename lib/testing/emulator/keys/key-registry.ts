import { createHash } from 'node:crypto';
import { READY_MADE_STATES, type KeyState } from './key-states.js';

/** Extra keys: each with its state, or a list of keys that are all active. */
export type KeyList = Readonly<Record<string, KeyState>> | readonly string[];

/** Which keys one emulator knows, and what each may do now. */
export class KeyRegistry {
  readonly #states = new Map<string, KeyState>(READY_MADE_STATES);
  readonly #fingerprints = new Map<string, string>();

  constructor(extra: KeyList = []) {
    for (const [key, state] of entriesOf(extra)) {
      this.set(key, state);
    }
  }

  set(key: string, state: KeyState): void {
    this.#states.set(key, state);
  }

  stateOf(key: string): KeyState | undefined {
    return this.#states.get(key);
  }

  /** Remembered for the keys it knows: a busy client sends the same one each time. */
  fingerprintOf(key: string): string {
    const known = this.#fingerprints.get(key);
    if (known !== undefined) {
      return known;
    }
    const fresh = fingerprint(key);
    if (this.#states.has(key)) {
      this.#fingerprints.set(key, fresh);
    }
    return fresh;
  }
}

function entriesOf(keys: KeyList): readonly (readonly [string, KeyState])[] {
  if (isList(keys)) {
    return keys.map((key) => [key, 'active'] as const);
  }
  return Object.entries(keys);
}

function isList(keys: KeyList): keys is readonly string[] {
  return Array.isArray(keys);
}

/** The form in which the rest of the library names a key: `sha256:1f3a9c02`. */
export function fingerprint(key: string): string {
  return `sha256:${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;
}
