import { AuthenticationError } from '../../diagnosis/errors.js';
import type { ApiKeyOption } from '../settings.js';
import type { ConfigurationEnvironment } from '../resolved-configuration.interface.js';
import { type KeyLintResult, lintApiKey, trimKey } from './api-key-lint.js';
import { isEnvOption, isFileOption } from './api-key-option.js';
import type { ApiKeySource, RawKeySource } from './api-key-source.interface.js';
import { environmentKeySource } from './environment-key.source.js';
import { fileKeySource } from './file-key.source.js';
import { functionKeySource } from './function-key.source.js';
import { optionKeySource } from './option-key.source.js';
import { readWithDeadline } from './read-with-deadline.js';
import type { Secret } from './secret.js';

/** Returns the source that an option names; without one COHERE_API_KEY, then the file of COHERE_API_KEY_FILE. */
export function createKeySource(
  option: Exclude<ApiKeyOption, false> | undefined,
  environment: ConfigurationEnvironment,
  isCohereHost = true,
): CheckedKeySource {
  return new CheckedKeySource(sourceOf(option, environment), { isCohereHost });
}

function sourceOf(
  option: Exclude<ApiKeyOption, false> | undefined,
  environment: ConfigurationEnvironment,
): RawKeySource {
  const { COHERE_API_KEY: fromEnvironment, COHERE_API_KEY_FILE: file } = environment.variables;
  if (typeof option === 'string') {
    // `apiKey: config.get('COHERE_API_KEY')` counts as the variable itself.
    return fromEnvironment !== undefined && trimKey(option) === trimKey(fromEnvironment)
      ? environmentKeySource('COHERE_API_KEY', environment)
      : optionKeySource(option, environment);
  }
  if (typeof option === 'function') {
    return functionKeySource(option);
  }
  if (isFileOption(option)) {
    return file === option.file
      ? fileKeySource(option.file, environment, 'COHERE_API_KEY_FILE')
      : fileKeySource(option.file, environment);
  }
  if (isEnvOption(option)) {
    return environmentKeySource(option.env, environment);
  }
  return isBlank(fromEnvironment) && !isBlank(file)
    ? fileKeySource(file, environment, 'COHERE_API_KEY_FILE')
    : environmentKeySource('COHERE_API_KEY', environment);
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
  readonly #source: RawKeySource;
  readonly #options: CheckedKeySourceOptions;

  constructor(source: RawKeySource, options: CheckedKeySourceOptions = {}) {
    this.#source = source;
    this.#options = options;
  }

  get name(): string {
    return this.#source.name;
  }

  get isOpaque(): boolean | undefined {
    return this.#source.isOpaque;
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
    const fetched = await readWithDeadline(this.#source, deadlineMs, closing);
    if ('problem' in fetched) {
      return fetched;
    }
    const { name } = this;
    const result = lintApiKey(fetched.value, { name, isCohereHost });
    if (result.problem === undefined) {
      return result;
    }
    const { text, hidden } = await this.#source.findOrigin();
    return lintApiKey(fetched.value, { name, isCohereHost, origin: text, hidden });
  }

  mayHaveChanged(): Promise<boolean> {
    return this.#source.mayHaveChanged();
  }

  async describeOrigin(): Promise<string> {
    return (await this.#source.findOrigin()).text;
  }
}
