import Joi from 'joi';
import { CATALOGUE } from '../diagnosis/catalogue/index.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { lintApiKey } from './api-key-lint.js';
import { nearMisses } from './near-misses.js';
import { secretlessError } from './secretless-error.js';
import { settingDiagnosis } from './setting-problem.js';
import { SETTINGS, type Setting } from './settings.js';
import { VARIABLES, type VariableValues } from './variables.schema.js';

/** What {@link cohereEnvSchema} gives. */
export interface CohereEnv extends VariableValues {
  readonly COHERE_API_KEY?: string;
  readonly COHERE_API_KEY_FILE?: string;
}

const NOT_BLANK = Joi.string().trim().min(1).required();

const apiKey = Joi.any()
  .custom((value: unknown, helpers) => {
    const text = String(value);
    const mayBeBlank = !NOT_BLANK.validate(fileBeside(helpers.state)).error;
    return (mayBeBlank && text.trim() === '') || lintApiKey(text, 'COHERE_API_KEY').key
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

const settings = Object.fromEntries(
  Object.values<Setting>(SETTINGS).flatMap((setting) => {
    const { variable } = setting;
    return variable !== undefined && isVariable(variable)
      ? [[variable, withOwnMessage(variable, setting)]]
      : [];
  }),
);

/**
 * Every environment variable of this library, as a Joi schema for `ConfigModule.forRoot({ validationSchema })`,
 * alone or joined to the app's own: `appSchema.concat(cohereEnvSchema)`. Unknown variables are allowed;
 * numbers come out as numbers, everything else as it stands. COHERE_API_KEY or COHERE_API_KEY_FILE must be set.
 * No error holds a value of the environment: not in its message, its details, or `_original`.
 *
 * @example
 * ```ts
 * ConfigModule.forRoot({ validationSchema: cohereEnvSchema })
 * ```
 * @publicApi
 */
export const cohereEnvSchema: Joi.ObjectSchema<CohereEnv> = Joi.object<CohereEnv, false, CohereEnv>(
  {
    COHERE_API_KEY: apiKey,
    COHERE_API_KEY_FILE: Joi.string().allow(''),
    ...settings,
  },
)
  .unknown(true)
  .prefs({ abortEarly: false })
  .error(secretlessError);

function isVariable(name: string): name is keyof typeof VARIABLES {
  return Object.hasOwn(VARIABLES, name);
}

function withOwnMessage(variable: keyof typeof VARIABLES, setting: Setting): Joi.Schema {
  const { title, fix } = settingDiagnosis({
    name: variable,
    origin: variable,
    value: undefined,
    setting,
    secrets: [],
  });
  return VARIABLES[variable].error((reports) => retold(reports, () => oneLine(title, fix)));
}

/** One report per variable, with our words, and without the value. */
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
  const problem: Diagnosis | undefined = lintApiKey(String(report.value), 'COHERE_API_KEY').problem;
  return problem === undefined
    ? 'COHERE_API_KEY is not allowed here.'
    : oneLine(problem.title, problem.fix);
}

function oneLine(title: string, [firstFix = '']: readonly string[]): string {
  return `${title} ${firstFix}`;
}

function fileBeside(state: Joi.State): unknown {
  return parentOf(state).COHERE_API_KEY_FILE;
}

function parentOf(state: Joi.State): Readonly<Record<string, string | undefined>> {
  const [parent]: unknown[] = Array.isArray(state.ancestors) ? state.ancestors : [];
  return typeof parent === 'object' && parent !== null
    ? Object.fromEntries(Object.entries(parent).filter(([, value]) => typeof value === 'string'))
    : {};
}
