import { CohereEmulator } from 'nestjs-cohere/testing';

/**
 * Starts a Cohere that revokes the key once, while it ranks that query. A timer of the test would come too late on a
 * busy machine: the workers would have finished by then.
 */
export async function startRevokingCohere(
  key: string,
  query: string,
  latencyMs = 0,
): Promise<CohereEmulator> {
  let hasRevoked = false;
  const cohere = await CohereEmulator.start({
    keys: { [key]: 'active' },
    latencyMs,
    score: (asked, _document, index) => {
      if (asked === query && !hasRevoked) {
        hasRevoked = true;
        cohere.setKey(key, 'revoked');
      }
      return 1 / (index + 2);
    },
  });
  return cohere;
}
