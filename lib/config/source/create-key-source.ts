import { isEnvOption, isFileOption } from '../api-key-option.js';
import { trimKey } from '../api-key-lint.js';
import type { ApiKeyOption } from '../cohere-module-options.interface.js';
import type { ConfigurationEnvironment } from '../configuration-environment.interface.js';
import { CheckedKeySource } from './checked-key-source.js';
import { environmentKeyPlace } from './environment-key.place.js';
import { fileKeyPlace } from './file-key.place.js';
import { functionKeyPlace } from './function-key.place.js';
import type { KeyPlace } from './key-place.interface.js';
import { optionKeyPlace } from './option-key.place.js';

/** The source an option names; without one COHERE_API_KEY, then the file of COHERE_API_KEY_FILE. */
export function createKeySource(
  option: Exclude<ApiKeyOption, false> | undefined,
  environment: ConfigurationEnvironment,
): CheckedKeySource {
  return new CheckedKeySource(placeOf(option, environment));
}

function placeOf(
  option: Exclude<ApiKeyOption, false> | undefined,
  environment: ConfigurationEnvironment,
): KeyPlace {
  const { COHERE_API_KEY: fromEnvironment, COHERE_API_KEY_FILE: file } = environment.variables;
  if (typeof option === 'string') {
    // `apiKey: config.get('COHERE_API_KEY')` is the variable, whatever way it came.
    return fromEnvironment !== undefined && trimKey(option) === trimKey(fromEnvironment)
      ? environmentKeyPlace('COHERE_API_KEY', environment)
      : optionKeyPlace(option, environment);
  }
  if (typeof option === 'function') {
    return functionKeyPlace(option);
  }
  if (isFileOption(option)) {
    return file === option.file
      ? fileKeyPlace(option.file, environment, 'COHERE_API_KEY_FILE')
      : fileKeyPlace(option.file, environment);
  }
  if (isEnvOption(option)) {
    return environmentKeyPlace(option.env, environment);
  }
  return isBlank(fromEnvironment) && !isBlank(file)
    ? fileKeyPlace(file, environment, 'COHERE_API_KEY_FILE')
    : environmentKeyPlace('COHERE_API_KEY', environment);
}

function isBlank(value: string | undefined): value is '' | undefined {
  return value === undefined || value.trim() === '';
}
