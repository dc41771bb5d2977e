import { CATALOGUE } from '../diagnosis/catalogue/index.js';
import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import type { ConfigurationEnvironment } from './configuration-environment.interface.js';
import { nearMisses } from './near-misses.js';
import { entriesOf, readEnvFiles, type EnvFile } from './origin/env-file.js';

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
      .map(({ name, file }) => renamed(name, `stands in ${file}`, variable)),
  ].filter(({ name }) => name !== variable);
}

function renamed(name: string, where: string, variable: string): Clue & { readonly name: string } {
  return {
    name,
    seen: `${name} ${where}, but this library reads ${variable}`,
    fix: `Rename ${name} to ${variable}.`,
  };
}
