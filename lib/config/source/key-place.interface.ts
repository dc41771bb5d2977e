import type { Diagnosis } from '../../diagnosis/diagnosis.interface.js';

/** A value as it stands in its place, not yet looked at; or why there is none. */
export type FetchedValue = { readonly value: string } | { readonly problem: Diagnosis };

/** One kind of place an API key can stand in. */
export interface KeyPlace {
  /** How a person calls it: `COHERE_API_KEY`, `/run/secrets/cohere`, `the apiKey option`. */
  readonly name: string;
  /** Gets the value once; never throws. */
  fetchValue(): Promise<FetchedValue>;
  /** `COHERE_API_KEY from .env:3 (shadowed: nothing)`; looks at files, so only after a failure. */
  describeOrigin(): Promise<string>;
  mayHaveChanged(): Promise<boolean>;
}
