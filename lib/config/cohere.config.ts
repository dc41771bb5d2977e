import { registerAs } from '@nestjs/config';
import type { ApiKeyOption, CohereModuleOptions } from './settings.js';
import { DiagnosedError } from '../diagnosis/errors.js';
import { isFileOption } from './api-key/api-key-option.js';
import { resolveConfiguration } from './resolve-configuration.js';
import type { ResolvedConfiguration } from './resolved-configuration.interface.js';
import { withReportAsStack } from '../diagnosis/render/render-report.js';

/**
 * The environment as options of {@link CohereModule}, under the name `cohere`. The key itself is not among
 * them, only where it stands, so that printing a ConfigService shows no key.
 *
 * @throws AuthenticationError or ConfigurationError, with every problem, when the module is built
 * @example
 * ```ts
 * CohereModule.forRootAsync(cohereConfig.asProvider())
 * ```
 * @publicApi
 */
export const cohereConfig = registerAs('cohere', async (): Promise<CohereModuleOptions> => {
  const { settings, keySource } = await resolveEnvironment();
  const { baseUrl, model, timeoutMs, maxRetries, concurrency, startupCheck } = settings;
  return {
    apiKey: keyPlace(keySource.name),
    baseUrl,
    model,
    timeoutMs,
    maxRetries,
    concurrency,
    startupCheck,
  };
});

async function resolveEnvironment(): Promise<ResolvedConfiguration> {
  try {
    return await resolveConfiguration(
      {},
      { variables: process.env, workingDirectory: process.cwd() },
    );
  } catch (error) {
    // ConfigModule calls this, not the user; Nest prints the stack all the same.
    throw error instanceof DiagnosedError
      ? withReportAsStack(error, '    at cohereConfig (nestjs-cohere)')
      : error;
  }
}

function keyPlace(sourceName: string): ApiKeyOption {
  const file = { file: process.env.COHERE_API_KEY_FILE ?? '' };
  return sourceName === 'COHERE_API_KEY' || !isFileOption(file) ? { env: 'COHERE_API_KEY' } : file;
}
