import { createHash } from 'node:crypto';
import { inspect } from 'node:util';

/**
 * Holds an API key so that no printing, inspecting, cloning or serialising shows it. It is identified by
 * length and fingerprint, the first 8 hex digits of its SHA-256.
 *
 * @publicApi
 */
export class Secret {
  readonly #value: string;
  #fingerprint: string | undefined;

  constructor(value: string) {
    this.#value = value;
  }

  /** Returns the key. Called only where a request is written, and where a key is checked. */
  reveal(): string {
    return this.#value;
  }

  get length(): number {
    return this.#value.length;
  }

  get fingerprint(): string {
    this.#fingerprint ??= fingerprint(this.#value);
    return this.#fingerprint;
  }

  equals(other: Secret): boolean {
    return this.#value === other.#value;
  }

  toString(): string {
    return `[Secret ${this.length} characters, ${this.fingerprint}]`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

/** Returns the name of a key in every output: `sha256:1f3a9c02`. */
export function fingerprint(value: string): string {
  return `sha256:${createHash('sha256').update(value).digest('hex').slice(0, 8)}`;
}
