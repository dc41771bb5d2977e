import type { Diagnosis } from '../../diagnosis/diagnosis.interface.js';
import type { Secret } from './secret.js';

/**
 * Reads the API key from its source: an option, a function, a file, the environment.
 * `read()` checks what it reads (key lint) and throws an AuthenticationError when it cannot be a key.
 */
export interface ApiKeySource {
  /** The display name of the source: `COHERE_API_KEY`, `/run/secrets/cohere`, `the apiKey option`. */
  readonly name: string;
  /**
   * Reads the current key; `undefined` if the deployment needs none (`apiKey: false`).
   *
   * @param closing aborts a hanging reading, so that its deadline does not keep the process alive
   */
  read(closing?: AbortSignal): Promise<Secret | undefined>;
  /**
   * Returns true if the source may contain another key than at the last `read()`. Cheap (at most one `stat`); never throws.
   * A source that cannot detect changes returns false; the service reads it again after a 401 anyway.
   */
  mayHaveChanged(): Promise<boolean>;
  /** True if only a reading shows a change, as with a function, so that `mayHaveChanged()` returns false. */
  readonly isOpaque?: boolean | undefined;
}

/** An unchecked value of a source, or the reason why there is none. */
export type FetchedValue = { readonly value: string } | { readonly problem: Diagnosis };

/** The origin of a value, for reports only, because finding it reads files. */
export interface KeyOrigin {
  /** `COHERE_API_KEY from .env:3` */
  readonly text: string;
  /** A source with a non-empty value that this one overrides. */
  readonly hidden?: { readonly place: string; readonly by: string } | undefined;
}

/** One kind of source of an API key. */
export interface RawKeySource {
  /** The display name: `COHERE_API_KEY`, `/run/secrets/cohere`, `the apiKey option`. */
  readonly name: string;
  /** Reads the value once; never throws. */
  fetchValue(): Promise<FetchedValue>;
  /** Finds the origin. Reads files, so called only after a failure. */
  findOrigin(): Promise<KeyOrigin>;
  mayHaveChanged(): Promise<boolean>;
  readonly isOpaque?: boolean | undefined;
}

/** For `apiKey: false`: a private deployment that needs no key. */
export const NO_KEY: ApiKeySource = {
  name: 'apiKey: false',
  read: () => Promise.resolve(undefined),
  mayHaveChanged: () => Promise.resolve(false),
};
