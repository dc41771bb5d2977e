import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { ConfigurationError, createError, type DiagnosedError } from '../diagnosis/errors.js';
import { readString } from '../diagnosis/read-safely.js';
import { describeModule } from '../diagnosis/render/report-layout.js';
import { isApiKeyOption } from './api-key/api-key-option.js';
import { type ResolvedKey, resolveKey } from './api-key/resolve-key.js';
import { isCohereHost } from './base-url.js';
import { type CohereModuleOptions, SETTINGS } from './settings.js';
import { readSettings, wrongExtras } from './read-settings.js';
import { describeOrigin, locateVariable } from './env-files.js';
import { ignoredVariable, settingNotices, unreadVariables } from './notices.js';
import { toSettings } from './resolve-settings.js';
import { misplacedDiagnoses, notOptions, settingDiagnosis } from './setting-problem.js';
import type {
  CohereSettings,
  ConfigurationEnvironment,
  Notice,
  ResolvedConfiguration,
} from './resolved-configuration.interface.js';

/**
 * Resolves options, environment and defaults, in that order. Reads the key once. Reads files other than the key's own only
 * after a problem.
 *
 * @param extras `name`, `isGlobal` and the like, next to the options
 * @throws AuthenticationError when the key is the only problem
 * @throws ConfigurationError with every problem - options, environment, key - otherwise
 */
export async function resolveConfiguration(
  options: CohereModuleOptions,
  environment: ConfigurationEnvironment,
  extras: object = {},
): Promise<ResolvedConfiguration> {
  const given = options === undefined ? {} : options;
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
  const readable: CohereModuleOptions = isObject ? given : {};
  const read = readSettings(readable, environment.variables);

  // An invalid form of the option is already a problem of the options, and there is no key to check.
  const key = await resolveKey(
    readable.apiKey === undefined || isApiKeyOption(readable.apiKey) ? readable.apiKey : false,
    environment,
    isCohereHost(read.values.get('baseUrl')),
  );
  const secrets = secretsOf(readable, key, environment);
  const wrong = [...read.wrong, ...wrongExtras(extras)];
  const settingProblems = [
    ...(isObject ? [] : [notOptions(given, secrets)]),
    ...wrong.filter(({ isVariable }) => !isVariable).map((one) => settingDiagnosis(one, secrets)),
    ...misplacedDiagnoses(read.misplaced, secrets),
    ...(await Promise.all(
      wrong
        .filter(({ isVariable }) => isVariable)
        .map(async (one) =>
          settingDiagnosis(one, secrets, await originOfVariable(one.name, environment)),
        ),
    )),
  ];
  const error = errorFor(settingProblems, key.problem);
  if (error !== undefined) {
    throw error;
  }
  const settings = toSettings(read.values);
  const misplaced = keyAsModel(readable, settings, key);
  if (misplaced !== undefined) {
    throw createError(misplaced);
  }
  return {
    settings,
    keySource: key.source,
    apiKey: key.key,
    notices: [
      ...key.notices,
      ...settingNotices(readable, environment.variables, settings, key.key !== undefined),
      ...unreadVariables(environment.variables, readable.baseUrl),
      ...read.ignored.map(ignoredVariable),
    ].map((notice) => ofInstance(notice, extras)),
    describeApiKey: () => key.describe(),
    describeVerdict: async (diagnosis) => withKey(diagnosis, key),
  };
}

/** Adds the name of the instance to a warning. */
function ofInstance({ level, message }: Notice, extras: object): Notice {
  const name = readString(extras, 'name');
  return {
    level,
    message: name === undefined ? message : `${describeModule(name)}: ${message}`,
  };
}

async function originOfVariable(
  name: string,
  environment: ConfigurationEnvironment,
): Promise<string | undefined> {
  const origin = await locateVariable(name, environment);
  return origin === undefined ? undefined : describeOrigin(name, origin);
}

function errorFor(
  settingProblems: readonly Diagnosis[],
  keyProblem: Diagnosis | undefined,
): DiagnosedError | undefined {
  const [first] = settingProblems;
  if (first !== undefined) {
    const problems = keyProblem === undefined ? [] : [keyProblem];
    return new ConfigurationError(first, [...problems, ...settingProblems]);
  }
  // `apiKey: { env }` without the name of a variable is a wrong option, not a wrong key.
  return keyProblem === undefined ? undefined : createError(keyProblem);
}

async function withKey(diagnosis: Diagnosis, key: ResolvedKey): Promise<Diagnosis> {
  if (diagnosis.key === undefined) {
    return diagnosis;
  }
  const isRejected = diagnosis.code === 'COHERE_API_KEY_REJECTED';
  return {
    ...diagnosis,
    key: await key.describe(),
    fix: isRejected && key.hint !== undefined ? [key.hint, ...diagnosis.fix] : diagnosis.fix,
  };
}

/** Collects the secrets to redact in descriptions of wrong values, one of which may be a misplaced key. */
function secretsOf(
  options: CohereModuleOptions,
  key: ResolvedKey,
  environment: ConfigurationEnvironment,
): string[] {
  const { COHERE_API_KEY, CO_API_KEY } = environment.variables;
  return [options.apiKey, COHERE_API_KEY, CO_API_KEY, key.key?.reveal()].filter(
    (value) => typeof value === 'string',
  );
}

/** Refuses a key pasted as the model, which logs and spans would show. */
function keyAsModel(
  options: CohereModuleOptions,
  { model }: CohereSettings,
  { key }: ResolvedKey,
): Diagnosis | undefined {
  const secret = key?.reveal() ?? '';
  const isRandom = secret.length >= 16 && /\d/.test(secret) && !/rerank/i.test(secret);
  if (!isRandom || !model.includes(secret)) {
    return undefined;
  }
  const name = options.model === undefined ? SETTINGS.model.variable : 'model';
  return createDiagnosis('COHERE_CONFIG_INVALID', {
    title: `${name} contains the API key.`,
    detail: `${name}: not shown`,
    fix: [
      `Set ${name} to the id of a rerank model, or leave it out to use the default, ${SETTINGS.model.default}.`,
      'Treat the key as exposed if that setting is stored or logged as something that is not secret.',
    ],
  });
}
