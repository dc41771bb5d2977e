import type { ConfigurationEnvironment } from '../configuration-environment.interface.js';
import { entriesOf, readEnvFiles, type EnvFile } from './env-file.js';

/** A second place that sets the same name, and loses. */
export interface ShadowedPlace {
  /** `.env:3`, `COHERE_API_KEY from the environment` */
  readonly place: string;
  readonly sameValue: boolean;
}

/** Where the value of a variable came from, and what it hides. */
export interface VariableOrigin {
  /** `the environment`, or `.env:3` */
  readonly place: string;
  readonly shadowed: readonly ShadowedPlace[];
}

/** Looks at the `.env` files; for failures and for the doctor only. `undefined` when the variable is not set. */
export async function locateVariable(
  name: string,
  environment: ConfigurationEnvironment,
): Promise<VariableOrigin | undefined> {
  return originOf(name, environment.variables[name], await readEnvFiles(environment));
}

/**
 * ConfigModule copies what it read from `.env` files into the environment, and the environment wins over
 * them. So a value that equals the winning line of a file counts as coming from there.
 */
export function originOf(
  name: string,
  value: string | undefined,
  files: readonly EnvFile[],
): VariableOrigin | undefined {
  if (value === undefined) {
    return undefined;
  }
  const entries = entriesOf(files, name);
  const winnersOfFiles = files.flatMap((file) => entriesOf([file], name).slice(0, 1));
  const source = winnersOfFiles.find((entry) => entry.value === value);
  return {
    place: source?.place ?? 'the environment',
    shadowed: entries
      .filter((entry) => entry.place !== source?.place)
      .map((entry) => ({
        place: entry.place,
        sameValue: entry.value === value,
      })),
  };
}

/** `COHERE_API_KEY from .env:3 (shadowed: nothing)` */
export function describeOrigin(name: string, origin: VariableOrigin): string {
  return `${name} from ${origin.place} (shadowed: ${describeShadowed(origin.shadowed)})`;
}

/** `nothing`, or `.env:3, another value; .env:7, the same value` */
export function describeShadowed(shadowed: readonly ShadowedPlace[]): string {
  return shadowed.length === 0
    ? 'nothing'
    : shadowed
        .map(({ place, sameValue }) => `${place}, ${sameValue ? 'the same' : 'another'} value`)
        .join('; ');
}
