import { AuthenticationError } from '../../diagnosis/errors/authentication.error.js';
import { lintApiKey, type KeyLintResult } from '../api-key-lint.js';
import type { ApiKeySource } from '../api-key-source.interface.js';
import type { Secret } from '../secret.js';
import type { KeyPlace } from './key-place.interface.js';

/** Puts the key lint between a place and whoever reads it. */
export class CheckedKeySource implements ApiKeySource {
  readonly #place: KeyPlace;

  constructor(place: KeyPlace) {
    this.#place = place;
  }

  get name(): string {
    return this.#place.name;
  }

  async read(): Promise<Secret> {
    const { key, problem } = await this.inspect();
    if (problem !== undefined) {
      throw new AuthenticationError(problem);
    }
    return key;
  }

  /** Reads the place once. Never throws; a problem says where the value came from. */
  async inspect(): Promise<KeyLintResult> {
    const fetched = await this.#place.fetchValue();
    if ('problem' in fetched) {
      return fetched;
    }
    const result = lintApiKey(fetched.value, this.name);
    return result.problem === undefined
      ? result
      : lintApiKey(fetched.value, this.name, await this.#place.describeOrigin());
  }

  mayHaveChanged(): Promise<boolean> {
    return this.#place.mayHaveChanged();
  }

  describeOrigin(): Promise<string> {
    return this.#place.describeOrigin();
  }
}
