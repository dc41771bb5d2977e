import type { ApiKeySource } from './api-key-source.interface.js';
import type { CohereSettings } from './cohere-settings.interface.js';
import type { Secret } from './secret.js';

/** What the configuration comes to once nothing is wrong with it. */
export interface ResolvedConfiguration {
  readonly settings: CohereSettings;
  readonly keySource: ApiKeySource;
  /** The key as read and checked at boot; `undefined` for `apiKey: false`. */
  readonly apiKey: Secret | undefined;
  /** Unusual, but not wrong: to be logged once at boot. Never holds a secret. */
  readonly notices: readonly { readonly level: 'warn' | 'debug'; readonly message: string }[];
  /**
   * Where the key came from, for a report: `COHERE_API_KEY from .env:3 (shadowed: nothing), 42 characters,
   * sha256:1f3a9c02`. Looks at files, so it is called only once something has failed.
   */
  describeApiKey(): Promise<string>;
}
