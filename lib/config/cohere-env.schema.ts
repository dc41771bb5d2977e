import Joi, { type ObjectSchema } from 'joi';
import { CATALOGUE } from '../diagnosis/catalogue.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { type KeyLintResult, lintApiKey, trimKey } from './api-key/api-key-lint.js';
import { isCohereHost } from './base-url.js';
import { nearMisses } from './api-key/missing-key.js';
import { settingDiagnosis } from './setting-problem.js';
import { type CohereEnv, type Setting, SETTINGS } from './settings.js';
import { schemaOf } from './settings.schema.js';

const NOT_BLANK = Joi.string().trim().min(1).required();

const apiKey = Joi.any()
  .custom((value: unknown, helpers) => {
    const text = String(value);
    const mayBeBlank = !NOT_BLANK.validate(fileBeside(helpers.state)).error;
    return (mayBeBlank && text.trim() === '') || lintIn(text, helpers.state).key
      ? value
      : helpers.error('any.invalid');
  })
  .when('COHERE_API_KEY_FILE', {
    is: NOT_BLANK,
    // oxlint-disable-next-line unicorn/no-thenable -- Joi's own word
    then: Joi.optional(),
    otherwise: Joi.required(),
  })
  .error((reports) => retold(reports, keyMessage));

/** Treats a blank value as not set: `COHERE_TIMEOUT_MS=` in a .env file, or ${COHERE_TIMEOUT_MS:-} in Compose. */
const BLANK = Joi.string().trim().valid('');

const settings = Object.fromEntries(
  Object.values<Setting>(SETTINGS).flatMap((setting) =>
    setting.variable === undefined || setting.rule.kind === 'apiKey'
      ? []
      : [[setting.variable, withOwnMessage(setting, setting.variable)]],
  ),
);

/**
 * Every environment variable of this library, as a Joi schema for `ConfigModule.forRoot({ validationSchema })`,
 * alone or joined to the app's own: `appSchema.concat(cohereEnvSchema)`. Unknown variables are allowed;
 * numbers are converted, all other values are kept. COHERE_API_KEY or COHERE_API_KEY_FILE must be set.
 * No error contains a value of the environment, whether in its message, details or `_original`. The module
 * validates its settings without it; docs/configuration.md explains when to use it.
 *
 * @example
 * ```ts
 * ConfigModule.forRoot({ validationSchema: cohereEnvSchema })
 * ```
 * @publicApi
 */
export const cohereEnvSchema: ObjectSchema<CohereEnv> = allProblems(
  Joi.object<CohereEnv, false, CohereEnv>({
    COHERE_API_KEY: apiKey,
    COHERE_API_KEY_FILE: Joi.string().allow(''),
    ...settings,
  })
    .unknown(true)
    .error(secretlessError),
);

/**
 * Replaces `prefs({ abortEarly: false })`, which makes Joi build the schema of its own preferences and costs each boot 10
 * to 20 ms, used or not. A test compares the two.
 */
function allProblems(schema: ObjectSchema<CohereEnv>): ObjectSchema<CohereEnv> {
  return Object.assign(schema, { _preferences: { abortEarly: false } });
}

function withOwnMessage(setting: Setting, name: string): Joi.Schema {
  return schemaOf(setting)
    .empty(BLANK)
    .error((reports) =>
      retold(reports, () => {
        const wrong = { setting, name, isVariable: true, value: undefined };
        const { title, fix } = settingDiagnosis(wrong, [], name);
        return oneLine(title, fix);
      }),
    );
}

/** Reports one error per variable, with our message and without the value. */
function retold(
  reports: Joi.ErrorReport[],
  message: (report: Joi.ErrorReport) => string,
): Joi.ErrorReport[] {
  return reports.slice(0, 1).map((report) => {
    report.message = message(report);
    report.local = { label: report.local.label, key: report.local.key };
    return report;
  });
}

function keyMessage(report: Joi.ErrorReport): string {
  if (report.value === undefined) {
    const [name] = nearMisses(parentOf(report.state));
    const { title, fix } = CATALOGUE.COHERE_API_KEY_MISSING;
    return oneLine(
      title,
      name === undefined ? fix : [`${name} is set, but not read: rename it to COHERE_API_KEY.`],
    );
  }
  const problem: Diagnosis | undefined = lintIn(String(report.value), report.state).problem;
  return problem === undefined
    ? 'COHERE_API_KEY is not allowed here.'
    : oneLine(problem.title, problem.fix);
}

/** Lints a key for the host of COHERE_BASE_URL: other hosts than Cohere's have keys of any form. */
function lintIn(key: string, state: Joi.State): KeyLintResult {
  const { COHERE_BASE_URL = '' } = parentOf(state);
  return lintApiKey(key, { name: 'COHERE_API_KEY', isCohereHost: isCohereHost(COHERE_BASE_URL) });
}

function oneLine(title: string, [firstFix = '']: readonly string[]): string {
  return `${title} ${firstFix}`;
}

function fileBeside(state: Joi.State): unknown {
  return parentOf(state).COHERE_API_KEY_FILE;
}

/** Returns the texts of the object that contains the value. */
function parentOf(state: Joi.State): Readonly<Record<string, string | undefined>> {
  const [parent = {}]: readonly object[] = state.ancestors;
  return Object.fromEntries(
    Object.entries(parent).filter(([, value]) => typeof value === 'string'),
  );
}

const KEY_VARIABLES = ['COHERE_API_KEY', 'CO_API_KEY'];

/**
 * Joi's own ValidationError carries the whole environment in `_original` and the offending value in
 * every detail's context. This one has the same message, path, type and label, and no values.
 */
function secretlessError(reports: Joi.ErrorReport[]): Joi.ValidationError {
  const secrets = reports.flatMap(secretsIn);
  const details = reports.map((report) => ({
    message: withoutSecrets(report.toString(), secrets),
    path: report.path.filter((segment) => typeof segment !== 'object'),
    type: report.code,
    context: { label: report.local.label, key: report.local.key },
  }));
  const messages = [...new Set(details.map(({ message }) => message))];
  const message = messages.reduce((one, other) => `${one}${one.endsWith('.') ? '' : '.'} ${other}`);
  return new Joi.ValidationError(message, details, undefined);
}

/** Returns the key in the validated object. */
function secretsIn(report: Joi.ErrorReport): string[] {
  const ancestors: unknown = report.state.ancestors;
  const root: unknown =
    Array.isArray(ancestors) && ancestors.length > 0 ? ancestors.at(-1) : report.value;
  if (typeof root !== 'object' || root === null) {
    return [];
  }
  return KEY_VARIABLES.flatMap((name) => {
    const value: unknown = Reflect.get(root, name);
    return typeof value === 'string' && trimKey(value) !== '' ? [trimKey(value)] : [];
  });
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '[not shown]'), text);
}
