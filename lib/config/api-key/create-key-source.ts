import { AuthenticationError } from '../../diagnosis/errors.js';
import type { ApiKeyOption } from '../settings.js';
import type { ConfigurationEnvironment } from '../resolved-configuration.interface.js';
import { type KeyLintResult, lintApiKey, trimKey } from './api-key-lint.js';
import { isEnvOption, isFileOption } from './api-key-option.js';
import type { ApiKeySource, KeyPlace } from './api-key-source.interface.js';
import { environmentKeyPlace } from './environment-key.place.js';
import { fileKeyPlace } from './file-key.place.js';
import { functionKeyPlace } from './function-key.place.js';
import { optionKeyPlace } from './option-key.place.js';
import { readWithDeadline } from './read-with-deadline.js';
import type { Secret } from './secret.js';

/** Returns the source that an option names; without one COHERE_API_KEY, then the file of COHERE_API_KEY_FILE. */
export function createKeySource(
  option: Exclude<ApiKeyOption, false> | undefined,
  environment: ConfigurationEnvironment,
  isCohereHost = true,
): CheckedKeySource {
  return new CheckedKeySource(placeOf(option, environment), { isCohereHost });
}

function placeOf(
  option: Exclude<ApiKeyOption, false> | undefined,
  environment: ConfigurationEnvironment,
): KeyPlace {
  const { COHERE_API_KEY: fromEnvironment, COHERE_API_KEY_FILE: file } = environment.variables;
  if (typeof option === 'string') {
    // `apiKey: config.get('COHERE_API_KEY')` counts as the variable itself.
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

export interface CheckedKeySourceOptions {
  /** False for a host other than Cohere's, for which the lint accepts more. Default true. */
  readonly isCohereHost?: boolean | undefined;
  /** The deadline of one reading. Default 10 seconds. */
  readonly deadlineMs?: number | undefined;
}

/** Reads a source, and checks every value with the key lint before it is used. */
export class CheckedKeySource implements ApiKeySource {
  readonly #place: KeyPlace;
  readonly #options: CheckedKeySourceOptions;

  constructor(place: KeyPlace, options: CheckedKeySourceOptions = {}) {
    this.#place = place;
    this.#options = options;
  }

  get name(): string {
    return this.#place.name;
  }

  get isOpaque(): boolean | undefined {
    return this.#place.isOpaque;
  }

  async read(closing?: AbortSignal): Promise<Secret> {
    const { key, problem } = await this.inspect(closing);
    if (problem !== undefined) {
      throw new AuthenticationError(problem);
    }
    return key;
  }

  /** Reads the source once. Never throws; a problem names the source of the value. */
  async inspect(closing?: AbortSignal): Promise<KeyLintResult> {
    const { isCohereHost, deadlineMs } = this.#options;
    const fetched = await readWithDeadline(this.#place, deadlineMs, closing);
    if ('problem' in fetched) {
      return fetched;
    }
    const { name } = this;
    const result = lintApiKey(fetched.value, { name, isCohereHost });
    if (result.problem === undefined) {
      return result;
    }
    const { text, hidden } = await this.#place.findOrigin();
    return lintApiKey(fetched.value, { name, isCohereHost, origin: text, hidden });
  }

  mayHaveChanged(): Promise<boolean> {
    return this.#place.mayHaveChanged();
  }

  async describeOrigin(): Promise<string> {
    return (await this.#place.findOrigin()).text;
  }
}
