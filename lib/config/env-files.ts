import { readFile } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { parse } from 'dotenv';
import type { ConfigurationEnvironment } from './resolved-configuration.interface.js';

/** One place in a `.env` file that sets a variable. */
export interface EnvFileEntry {
  /** `.env:3` */
  readonly place: string;
  readonly value: string;
}

/** A `.env` file that exists, by the rules of dotenv, which ConfigModule uses. */
export interface EnvFile {
  /** As a person would write it, seen from the working directory. */
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
  readonly text: string;
}

/** The files that ConfigModule would read, those that exist, the winning one first. */
export async function readEnvFiles(environment: ConfigurationEnvironment): Promise<EnvFile[]> {
  const { workingDirectory, envFilePaths = ['.env'] } = environment;
  const files = await Promise.all(
    envFilePaths.map(async (path) => {
      const absolute = resolve(workingDirectory, path);
      try {
        const text = (await readFile(absolute, 'utf8')).replace(/\r\n?/g, '\n');
        return { name: shortName(workingDirectory, absolute), values: parse(text), text };
      } catch {
        return undefined; // Not there, or not to be read: ConfigModule took nothing from it either.
      }
    }),
  );
  return files.filter((file) => file !== undefined);
}

/** Every place that sets the variable: the first file first, and within a file the last line, because those win. */
export function entriesOf(files: readonly EnvFile[], variable: string): EnvFileEntry[] {
  return files.flatMap((file) =>
    definitionsIn(file.text, variable)
      .map(({ line, value }) => ({ place: `${file.name}:${line}`, value }))
      .toReversed(),
  );
}

const MARKER = 'NESTJS_COHERE_DEFINITION_LOOKED_FOR';

/**
 * Finds the lines by letting dotenv itself decide: one occurrence of the name at a time is replaced by
 * a marker, and it is a definition if dotenv then defines the marker. So comments, `export`, quotes and
 * names inside the multi-line value of another variable need no second parser.
 */
function definitionsIn(text: string, variable: string): { line: number; value: string }[] {
  const occurrence = new RegExp(
    `(?<![\\w.-])${variable.replace(/[.\\-]/g, '\\$&')}(?![\\w.-])`,
    'g',
  );
  return [...text.matchAll(occurrence)].flatMap(({ index }) => {
    const marked = `${text.slice(0, index)}${MARKER}${text.slice(index + variable.length)}`;
    const value = parse(marked)[MARKER];
    return value === undefined ? [] : [{ line: text.slice(0, index).split('\n').length, value }];
  });
}

function shortName(workingDirectory: string, absolute: string): string {
  const path = relative(workingDirectory, absolute);
  return path.startsWith('..') || isAbsolute(path) ? absolute : path;
}

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
