import { CohereModule, type RateLimiter } from 'nestjs-cohere';
import { CohereEmulator } from 'nestjs-cohere/testing';

/** The module, with one rate budget. Without a key, it uses an emulator of Cohere. */
export function cohereWithin(rateLimiter: RateLimiter) {
  return CohereModule.forRootAsync({
    isGlobal: true,
    useFactory: async () => {
      // Bulk work has time: a call may wait a minute for the rate limit, or for a retry.
      const options = { timeoutMs: 60_000, rateLimiter };
      const { COHERE_API_KEY, COHERE_API_KEY_FILE } = process.env;
      if (COHERE_API_KEY !== undefined || COHERE_API_KEY_FILE !== undefined) {
        return options;
      }
      process.stderr.write('COHERE_API_KEY is not set: an emulator of Cohere answers.\n');
      const { keys, url } = await CohereEmulator.start();
      return { ...options, apiKey: keys.active, baseUrl: url };
    },
  });
}

export function readBudget() {
  const calls = Number(process.env['CALLS_PER_MINUTE'] ?? 1_000);
  if (!Number.isInteger(calls) || calls < 1) {
    throw new Error('CALLS_PER_MINUTE must be a whole number from 1.');
  }
  return budgetFor(calls);
}

/**
 * Returns the shortest window of whole seconds that allows at most `calls` in any 60 seconds. A limiter's windows are
 * fixed, those of Cohere slide: one window of 1,000 a minute would allow 2,000 calls around its end.
 */
export function budgetFor(calls: number) {
  const duration = calls === 1 ? 61 : Math.ceil(60 / (calls - 1));
  return { points: Math.max(1, Math.floor((calls * duration) / (60 + duration))), duration };
}
