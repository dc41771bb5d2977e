import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { closestName } from './closest-name.js';
import { describeOrigin, originOf, readEnvFiles } from './env-files.js';
import type { Variables, WrongSetting } from './read-settings.js';
import type { ConfigurationEnvironment, Notice } from './resolved-configuration.interface.js';
import { settingDiagnosis } from './setting-problem.js';
import { OTHER_VARIABLES, type Setting, SETTINGS } from './settings.js';

const OUR_VARIABLES = [
  ...Object.values<Setting>(SETTINGS).flatMap(({ variable }) => variable ?? []),
  ...Object.keys(OTHER_VARIABLES),
];

/** Reads the `.env` files to tell where the value came from. */
export async function variableProblem(
  wrong: WrongSetting,
  environment: ConfigurationEnvironment,
  secrets: readonly string[],
): Promise<Diagnosis> {
  const files = await readEnvFiles(environment);
  const origin = await originOf(wrong.name, String(wrong.value), files, environment);
  return settingDiagnosis(wrong, secrets, describeOrigin(wrong.name, origin));
}

/** Variables that are not read, but whose names are so near to ours that they may have been meant for us. */
export function misspelledVariables(variables: Variables): Notice[] {
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
