import { CATALOGUE } from '../../diagnosis/catalogue.js';
import { createDiagnosis } from '../../diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../../diagnosis/diagnosis.interface.js';
import { editsBetween } from '../closest-name.js';
import { entriesOf, type EnvFile, readEnvFiles } from '../env-files.js';
import type { ConfigurationEnvironment } from '../resolved-configuration.interface.js';

/** Says that the variable is not set, and what in the surroundings looks as if it should have been it. */
export async function missingKey(
  variable: string,
  environment: ConfigurationEnvironment,
): Promise<Diagnosis> {
  const files = await readEnvFiles(environment);
  const clues = [...unloadedFile(variable, files), ...otherNames(variable, environment, files)];
  const steps = CATALOGUE.COHERE_API_KEY_MISSING.fix.map((step) =>
    step.replaceAll('COHERE_API_KEY', variable),
  );
  return createDiagnosis('COHERE_API_KEY_MISSING', {
    title: `${variable} is not set.`,
    detail: [
      `no ${variable} in the environment of this process${variable === 'COHERE_API_KEY' ? ', nor COHERE_API_KEY_FILE' : ''}`,
      ...clues.map(({ seen }) => seen),
    ].join('; '),
    fix: [...clues.map(({ fix }) => fix), ...steps],
  });
}

interface Clue {
  readonly seen: string;
  readonly fix: string;
}

function unloadedFile(variable: string, files: readonly EnvFile[]): Clue[] {
  const entry = entriesOf(files, variable).find(({ value }) => value !== '');
  return entry === undefined
    ? []
    : [
        {
          seen: `${entry.place} sets it, but nothing loaded that file`,
          fix: 'Import ConfigModule.forRoot() in the root module, which loads the .env file, or start Node with --env-file.',
        },
      ];
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
    fix: `Rename ${name} to ${variable}.`,
  };
}

const KEY_VARIABLE = 'COHERE_API_KEY';

// Names that people, other SDKs and other libraries use for the same thing, further away than a slip of the pen.
const OTHER_NAMES = new Set([
  'CO_API_KEY',
  'CO_KEY',
  'COHERE_KEY',
  'COHERE_API_TOKEN',
  'COHERE_TOKEN',
  'COHERE_SECRET',
  'COHERE_SECRET_KEY',
  'COHERE_ACCESS_TOKEN',
  'COHERE_RERANK_API_KEY',
]);

/** Variables that are set, and that may have been meant as COHERE_API_KEY; CO_API_KEY first. */
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
    name !== KEY_VARIABLE && (OTHER_NAMES.has(upper) || editsBetween(upper, KEY_VARIABLE) <= 2)
  );
}

function rank(name: string): number {
  return name === 'CO_API_KEY' ? 0 : 1;
}
