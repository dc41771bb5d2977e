import type { Diagnosis } from '../../diagnosis/diagnosis.interface.js';
import type { Secret } from './secret.js';

/**
 * Reads the API key from its place: an option, a function, a file, the environment.
 * `read()` checks what it reads (key lint) and throws an AuthenticationError when it cannot be a key.
 */
export interface ApiKeySource {
  /** How a person calls the place: `COHERE_API_KEY`, `/run/secrets/cohere`, `the apiKey option`. */
  readonly name: string;
  /**
   * Reads the key as it is there now; `undefined` where the deployment needs none (`apiKey: false`).
   *
   * @param closing ends a reading that hangs, so that its deadline does not keep the process alive
   */
  read(closing?: AbortSignal): Promise<Secret | undefined>;
  /**
   * Reports whether the place may hold another key than at the last `read()`. Cheap (at most one `stat`), never
   * throws. A source that cannot know answers false; a 401 makes the service read it again anyway.
   */
  mayHaveChanged(): Promise<boolean>;
  /** Set where a change shows only in a reading, as with a function: `mayHaveChanged()` cannot know. */
  readonly isOpaque?: boolean | undefined;
}

/** A value as it is in its place, not yet looked at; or why there is none. */
export type FetchedValue = { readonly value: string } | { readonly problem: Diagnosis };

/** Where a value came from; for reports, since it takes a look at files. */
export interface KeyOrigin {
  /** `COHERE_API_KEY from .env:3` */
  readonly text: string;
  /** A place with a non-empty value that this one hides. */
  readonly hidden?: { readonly place: string; readonly by: string } | undefined;
}

/** One kind of place an API key can stand in. */
export interface KeyPlace {
  /** How a person calls it: `COHERE_API_KEY`, `/run/secrets/cohere`, `the apiKey option`. */
  readonly name: string;
  /** Gets the value once; never throws. */
  fetchValue(): Promise<FetchedValue>;
  /** Looks at files, so only after a failure. */
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
