import type { Secret } from './secret.js';

/**
 * Reads the API key from where it stands: an option, a function, a file, the environment.
 * `read()` checks what it reads (key lint) and throws an AuthenticationError when it cannot be a key.
 */
export interface ApiKeySource {
  /** How a person calls the place: `COHERE_API_KEY`, `/run/secrets/cohere`, `the apiKey option`. */
  readonly name: string;
  /** The key as it is there now; `undefined` where the deployment needs none (`apiKey: false`). */
  read(): Promise<Secret | undefined>;
  /**
   * Whether the place may hold another key than at the last `read()`. Cheap (at most one `stat`), never
   * throws. A source that cannot know answers false; a 401 makes the service read it again anyway.
   */
  mayHaveChanged(): Promise<boolean>;
}
