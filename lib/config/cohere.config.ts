import { registerAs } from '@nestjs/config';
import type { ApiKeyOption, CohereModuleOptions } from './settings.js';
import type { CohereSettings } from './resolved-configuration.interface.js';
import { DiagnosedError } from '../diagnosis/errors.js';
import { currentDirectory } from '../diagnosis/read-safely.js';
import { isFileOption } from './api-key/api-key-option.js';
import { resolveConfiguration } from './resolve-configuration.js';

/**
 * The environment as options of {@link CohereModule}, under the name `cohere`. They contain the source of the key, not the
 * key, so that printing a ConfigService shows none. Never throws: an invalid environment gives no options, and
 * CohereModule, which also reads it, reports the problems.
 *
 * @example
 * ```ts
 * CohereModule.forRootAsync(cohereConfig.asProvider())
 * ```
 * @publicApi
 */
export const cohereConfig = registerAs('cohere', async (): Promise<CohereModuleOptions> => {
  const environment = { variables: process.env, workingDirectory: currentDirectory() };
  try {
    const { settings, keySource } = await resolveConfiguration({}, environment);
    const { headers: _headers, rerankPath: _path, ...options } = settings;
    return { ...options, apiKey: keyOption(keySource.name), baseUrl: addressOf(settings) };
  } catch (error) {
    if (error instanceof DiagnosedError) {
      return {};
    }
    throw error;
  }
});

/** Formats the address so that parsing it again gives the same. */
function addressOf({ baseUrl, rerankPath = '' }: CohereSettings): string {
  return `${baseUrl}${rerankPath}`;
}

function keyOption(sourceName: string): ApiKeyOption {
  const file = { file: process.env.COHERE_API_KEY_FILE ?? '' };
  return sourceName === 'COHERE_API_KEY' || !isFileOption(file) ? { env: 'COHERE_API_KEY' } : file;
}
