import type * as CohereSdk from 'cohere-ai';
import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import { createError } from '../diagnosis/errors/create-error.js';

/**
 * Loads `cohere-ai`; Node keeps it, so that it is loaded once. It costs some 0.3 s and 29 MB. This is the
 * only place that loads it, and nothing on the way to a failed boot comes here.
 *
 * @throws ConfigurationError when the package is not installed
 */
export async function loadSdk(): Promise<typeof CohereSdk> {
  try {
    return await import('cohere-ai');
  } catch (error) {
    throw createError(
      createDiagnosis('COHERE_CONFIG_INVALID', {
        title: 'The package cohere-ai cannot be loaded.',
        detail: `nestjs-cohere talks to Cohere through it, as a peer dependency. ${describe(error)}`,
        fix: ['Run npm install cohere-ai@8, and start the app again.'],
      }),
    );
  }
}

function describe(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1).join('');
}
