import type { ApiKeySource } from '../api-key-source.interface.js';

/** For `apiKey: false`: a private deployment that needs no key. */
export const NO_KEY: ApiKeySource = {
  name: 'apiKey: false',
  read: () => Promise.resolve(undefined),
  mayHaveChanged: () => Promise.resolve(false),
};
