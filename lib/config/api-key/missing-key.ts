import { dirname } from 'node:path';
import { createDiagnosis, fixFor } from '../../diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../../diagnosis/diagnosis.interface.js';
import { editsBetween } from '../closest-name.js';
import { entriesOf, type EnvFile, readEnvFiles, readNearbyEnvFiles } from '../env-files.js';
import type { ConfigurationEnvironment } from '../resolved-configuration.interface.js';
import { isPlaceholder } from './telltale-values.js';

/** Reports that the variable is not set, and likely misplaced or misnamed values. */
export async function missingKey(
  variable: string,
  environment: ConfigurationEnvironment,
): Promise<Diagnosis> {
  const usual = await readEnvFiles(environment);
  const nearby = (await readNearbyEnvFiles(environment)).filter(
    ({ name }) => !usual.some((file) => file.name === name),
  );
  const clues = [
    ...unusableFiles(variable, usual, nearby),
    ...unloadedFiles(variable, [...usual, ...nearby]),
    ...otherNames(variable, environment, usual),
  ];
  const baseUrl = environment.variables['COHERE_BASE_URL'];
  const about = baseUrl === undefined ? undefined : { baseUrl };
  const steps = fixFor('COHERE_API_KEY_MISSING', about).map((step) =>
    step.replaceAll('COHERE_API_KEY', variable),
  );
  return createDiagnosis('COHERE_API_KEY_MISSING', {
    title: `${variable} is not set.`,
    detail: [
      `no ${variable} in the environment of this process${variable === 'COHERE_API_KEY' ? ', nor COHERE_API_KEY_FILE' : ''}`,
      ...clues.map(({ seen }) => seen),
      `the working directory is ${environment.workingDirectory}`,
    ].join('; '),
    fix: clues.length === 0 ? steps : [...new Set(clues.map(({ fix }) => fix))],
  });
}

interface Clue {
  readonly seen: string;
  readonly fix: string;
}

/** Returns files that may set the key: an unusable `.env`, or another file that may name the variable. */
function unusableFiles(
  variable: string,
  usual: readonly EnvFile[],
  nearby: readonly EnvFile[],
): Clue[] {
  // Nothing is known of the text of a file that was not read.
  const named = nearby.filter(({ text }) => text === '' || text.includes(variable));
  return [...usual, ...named].flatMap(({ unusable }) => (unusable === undefined ? [] : [unusable]));
}

/** Finds the first file that sets the variable. Templates, such as `.env.example`, do not count. */
function unloadedFiles(variable: string, files: readonly EnvFile[]): Clue[] {
  for (const file of files) {
    const entry = entriesOf([file], variable).find(
      ({ value }) => value.trim() !== '' && !isPlaceholder(value.trim()),
    );
    if (entry !== undefined) {
      const folder = dirname(file.name);
      return [
        {
          seen: `${entry.place} sets it, but nothing loaded that file`,
          fix:
            file.name === '.env'
              ? 'Import ConfigModule.forRoot() in the root module, which loads the .env file, or start Node with --env-file.'
              : `Load that file: ConfigModule.forRoot({ envFilePath: '${file.name}' })${folder === '.' ? '' : `, or start the app in ${folder}`}.`,
        },
      ];
    }
  }
  return [];
}

function otherNames(
  variable: string,
  environment: ConfigurationEnvironment,
  files: readonly EnvFile[],
): Clue[] {
  const inEnvironment = nearMisses(environment.variables);
  const inFiles = files.flatMap((file) =>
    nearMisses(file.values).map((name) => ({ name, file: file.name })),
  );
  return [
    ...inEnvironment.map((name) => renamed(name, 'is set', variable)),
    ...inFiles
      .filter(({ name }) => !inEnvironment.includes(name))
      .map(({ name, file }) => renamed(name, `is in ${file}`, variable)),
  ].filter(({ name }) => name !== variable);
}

function renamed(name: string, where: string, variable: string): Clue & { readonly name: string } {
  return {
    name,
    seen: `${name} ${where}, but this library reads ${variable}`,
    fix: `Rename ${name.trim()} to ${variable}.`,
  };
}

const KEY_VARIABLE = 'COHERE_API_KEY';

/** Matches other names for the key: CO_API_KEY, COHERE_TOKEN, COHERE_RERANK_API_KEY. */
const OTHER_NAME = /^(?:CO|COHERE)(?:_RERANK)?_(?:API_|ACCESS_|SECRET_)?(?:KEY|TOKEN|SECRET)$/;

/** Finds variables that may be intended as COHERE_API_KEY; CO_API_KEY first. */
export function nearMisses(
  variables: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  return Object.entries(variables)
    .filter(([name, value]) => value !== undefined && value.trim() !== '' && isNearMiss(name))
    .map(([name]) => name)
    .toSorted((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1));
}

function isNearMiss(name: string): boolean {
  const upper = name.trim().toUpperCase();
  return (
    name !== KEY_VARIABLE && (OTHER_NAME.test(upper) || editsBetween(upper, KEY_VARIABLE, 2) <= 2)
  );
}

function rank(name: string): number {
  return name === 'CO_API_KEY' ? 0 : 1;
}
