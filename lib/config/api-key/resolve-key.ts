import { createDiagnosis } from '../../diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../../diagnosis/diagnosis.interface.js';
import type { ApiKeyOption } from '../settings.js';
import type { ConfigurationEnvironment, Notice } from '../resolved-configuration.interface.js';
import { trimKey } from './api-key-lint.js';
import { type ApiKeySource, NO_KEY } from './api-key-source.interface.js';
import { isEnvOption, variableOf } from './api-key-option.js';
import { createKeySource } from './create-key-source.js';
import type { Secret } from './secret.js';

/** The key as it was at boot. */
export interface ResolvedKey {
  readonly source: ApiKeySource;
  readonly key: Secret | undefined;
  readonly problem?: Diagnosis | undefined;
  readonly notices: readonly Notice[];
  /** The first thing to check if the host rejects the key. */
  readonly hint?: string | undefined;
  /** `COHERE_API_KEY from .env:3, 42 characters, sha256:1f3a9c02` */
  describe(): Promise<string>;
}

export async function resolveKey(
  option: ApiKeyOption | undefined,
  environment: ConfigurationEnvironment,
  isCohereHost: boolean,
): Promise<ResolvedKey> {
  if (option === false) {
    return {
      source: NO_KEY,
      key: undefined,
      notices: [],
      describe: () => Promise.resolve('no key (apiKey: false)'),
    };
  }
  const source = createKeySource(option, environment, isCohereHost);
  if (isEnvOption(option) && variableOf(option, environment.variables) === undefined) {
    return {
      source,
      key: undefined,
      problem: noVariableName(),
      notices: [],
      describe: () => Promise.resolve('apiKey.env'),
    };
  }
  const result = await source.inspect();
  const describe = async (): Promise<string> => {
    const origin = await source.describeOrigin();
    return result.key === undefined
      ? origin
      : `${origin}, ${result.key.length} characters, ${result.key.fingerprint}`;
  };
  return result.problem === undefined
    ? {
        source,
        key: result.key,
        hint: result.hint,
        notices: [...result.notices, ...ignoredVariables(source, environment.variables)],
        describe,
      }
    : { source, key: undefined, problem: result.problem, notices: [], describe };
}

/** Returns other variables that are set, and may be the intended ones. */
function ignoredVariables(
  source: ApiKeySource,
  variables: Readonly<Record<string, string | undefined>>,
): Notice[] {
  if (source.name !== 'COHERE_API_KEY') {
    return [];
  }
  const notices: Notice[] = [];
  const {
    COHERE_API_KEY: key = '',
    COHERE_API_KEY_FILE: file = '',
    CO_API_KEY: other = '',
  } = variables;
  if (file.trim() !== '') {
    notices.push({
      level: 'warn',
      message: 'COHERE_API_KEY_FILE is set too, and ignored: COHERE_API_KEY wins.',
    });
  }
  if (other.trim() !== '' && trimKey(other) !== trimKey(key)) {
    notices.push({
      level: 'warn',
      message: 'CO_API_KEY is set too, to another value. It is never used; COHERE_API_KEY is.',
    });
  }
  return notices;
}

function noVariableName(): Diagnosis {
  return createDiagnosis('COHERE_CONFIG_INVALID', {
    title: 'apiKey.env must be the name of an environment variable.',
    detail:
      'apiKey.env, an option of CohereModule: no variable of this name is set, and it may be the key itself, so it is not shown',
    fix: [
      'Write the name, not the value: apiKey: { env: "COHERE_API_KEY" }.',
      'To pass the key itself, write apiKey: process.env.COHERE_API_KEY.',
    ],
  });
}
