import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { closestName } from './closest-name.js';
import { settingDiagnosis } from './setting-problem.js';
import { OTHER_VARIABLES, SETTINGS, type Setting } from './settings.js';
import { describeOrigin, originOf, readEnvFiles } from './env-files.js';
import type { ConfigurationEnvironment, Notice } from './resolved-configuration.interface.js';
import {
  ALL_PROBLEMS,
  VARIABLES,
  VARIABLES_SCHEMA,
  type VariableValues,
} from './settings.schema.js';

const OUR_VARIABLES = [
  'COHERE_API_KEY',
  ...Object.keys(VARIABLES),
  ...Object.keys(OTHER_VARIABLES),
];
const NAMED_SETTINGS: readonly Setting[] = Object.values(SETTINGS);

export interface VariablesRead {
  readonly values: VariableValues;
  /** Names of the variables that hold what they cannot hold. */
  readonly invalid: readonly string[];
}

/** Checks our variables, and touches no other: they stay out of Joi's errors altogether. */
export function readVariables(
  variables: Readonly<Record<string, string | undefined>>,
): VariablesRead {
  const ours = Object.fromEntries(Object.keys(VARIABLES).map((name) => [name, variables[name]]));
  const { error, value } = VARIABLES_SCHEMA.validate(ours, ALL_PROBLEMS);
  return {
    values: value ?? {},
    invalid: [...new Set(error?.details.map(({ path }) => String(path[0])))],
  };
}

/** Looks at the `.env` files to say where the value came from. */
export async function variableProblems(
  invalid: readonly string[],
  environment: ConfigurationEnvironment,
  secrets: readonly string[],
): Promise<Diagnosis[]> {
  if (invalid.length === 0) {
    return [];
  }
  const files = await readEnvFiles(environment);
  const problems = await Promise.all(
    invalid.map(async (name): Promise<Diagnosis[]> => {
      const setting = NAMED_SETTINGS.find(({ variable }) => variable === name);
      const value = environment.variables[name];
      if (setting === undefined || value === undefined) {
        return [];
      }
      const origin = describeOrigin(name, await originOf(name, value, files, environment));
      return [settingDiagnosis({ name, origin, value, setting, secrets })];
    }),
  );
  return problems.flat();
}

/** Variables that are not read, but whose names are so near to ours that they may have been meant for us. */
export function misspelledVariables(
  variables: Readonly<Record<string, string | undefined>>,
): Notice[] {
  return Object.keys(variables)
    .filter((name) => /^COHERE_/i.test(name))
    .flatMap((name): Notice[] => {
      const meant = closestName(name, OUR_VARIABLES);
      // Other keys, such as COHERE_API_KEY_2, are an app's own business as long as ours is there.
      return meant === undefined || meant === 'COHERE_API_KEY' || variables[meant] !== undefined
        ? []
        : [
            {
              level: 'warn',
              message: `${name} is set, but not read. If it is meant for this module, rename it to ${meant}.`,
            },
          ];
    });
}
