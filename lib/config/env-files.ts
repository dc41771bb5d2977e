import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
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

/** A second place that sets the same name, and loses. */
export interface ShadowedPlace {
  /** `.env:3`, `COHERE_API_KEY from the environment` */
  readonly place: string;
  readonly sameValue: boolean;
  readonly isEmpty: boolean;
}

/** Where the value of a variable came from, and what it hides. */
export interface VariableOrigin {
  /** `the environment`, or `.env:3` */
  readonly place: string;
  readonly shadowed: readonly ShadowedPlace[];
}

/** dotenv takes quadratic time on a text made for that, and no one writes so many variables. */
const MAX_BYTES = 64 * 1024;
const MAX_FOLDERS = 100;
const MAX_FILES = 50;
const ENV_FILE_NAME = /^\.env|\.env$/;

/** The files that ConfigModule would read, those that exist, the winning one first. */
export async function readEnvFiles(environment: ConfigurationEnvironment): Promise<EnvFile[]> {
  const { workingDirectory, envFilePaths = ['.env'] } = environment;
  return readAll(
    workingDirectory,
    envFilePaths.map((path) => resolve(workingDirectory, path)),
  );
}

/** Every place that sets the variable: the first file first, and within a file the last line, because those win. */
export function entriesOf(files: readonly EnvFile[], variable: string): EnvFileEntry[] {
  return files.flatMap((file) =>
    definitionsIn(file.text, variable)
      .map(({ line, value }) => ({ place: `${file.name}:${line}`, value }))
      .toReversed(),
  );
}

/** Looks at the `.env` files; for failures and for the doctor only. `undefined` when the variable is not set. */
export async function locateVariable(
  name: string,
  environment: ConfigurationEnvironment,
): Promise<VariableOrigin | undefined> {
  const value = environment.variables[name];
  return value === undefined
    ? undefined
    : originOf(name, value, await readEnvFiles(environment), environment);
}

/**
 * ConfigModule copies what it read from `.env` files into the environment, and the environment wins over
 * them. So a value that equals the winning line of a file counts as coming from there. Where it is in
 * none of the usual files it may be in one that `envFilePath` names, which only ConfigModule knows.
 */
export async function originOf(
  name: string,
  value: string,
  files: readonly EnvFile[],
  environment: ConfigurationEnvironment,
): Promise<VariableOrigin> {
  const source =
    winnerWith(name, value, files, environment) ??
    winnerWith(name, value, value === '' ? [] : await otherEnvFiles(environment), environment);
  return {
    place: source?.place ?? 'the environment',
    shadowed: entriesOf(files, name)
      .filter((entry) => entry.place !== source?.place)
      .map((entry) => ({
        place: entry.place,
        sameValue: entry.value === value,
        isEmpty: entry.value.trim() === '',
      })),
  };
}

/** `COHERE_API_KEY from .env:3`, and what that hides */
export function describeOrigin(name: string, origin: VariableOrigin): string {
  return `${name} from ${origin.place}${describeShadowed(origin.shadowed)}`;
}

/** ` (hides .env:3, another value; .env:7, the same value)`, or nothing */
export function describeShadowed(shadowed: readonly ShadowedPlace[]): string {
  return shadowed.length === 0 ? '' : ` (hides ${listShadowed(shadowed)})`;
}

/** `.env:3, another value; .env:7, the same value` */
export function listShadowed(shadowed: readonly ShadowedPlace[]): string {
  return shadowed
    .map(
      ({ place, sameValue, isEmpty }) =>
        `${place}, ${sameValue ? 'the same value' : isEmpty ? 'empty' : 'another value'}`,
    )
    .join('; ');
}

function winnerWith(
  name: string,
  value: string,
  files: readonly EnvFile[],
  { variables }: ConfigurationEnvironment,
): EnvFileEntry | undefined {
  const winners = files.flatMap((file) =>
    entriesOf([file], name)
      .slice(0, 1)
      .map((entry) => ({ entry, file })),
  );
  return winners.find(
    ({ entry, file }) =>
      entry.value === value || expand(entry.value, { ...file.values, ...variables }) === value,
  )?.entry;
}

/** What `expandVariables` of ConfigModule makes of a value: `${NAME}`, `${NAME:-default}` and `$NAME`. */
function expand(text: string, variables: Readonly<Record<string, string | undefined>>): string {
  const once = (value: string) =>
    value
      .slice(0, MAX_BYTES)
      .replace(
        /\$\{([A-Za-z_]\w{0,99})(?::?-([^}]{0,999}))?\}|\$([A-Za-z_]\w{0,99})/g,
        (_whole, braced?: string, otherwise?: string, bare?: string) =>
          variables[braced ?? bare ?? ''] ?? otherwise ?? '',
      );
  return once(once(text));
}

/** Files named `.env*` or `*.env` in the working directory and its direct sub-folders, the usual ones too. */
async function otherEnvFiles(environment: ConfigurationEnvironment): Promise<EnvFile[]> {
  const { workingDirectory } = environment;
  const here = await entriesIn(workingDirectory);
  const folders = here
    .filter((entry) => entry.isDirectory() && !['node_modules', '.git'].includes(entry.name))
    .slice(0, MAX_FOLDERS)
    .map(({ name }) => join(workingDirectory, name));
  const inFolders = await Promise.all(folders.map(envFilesIn));
  const paths = [...(await envFilesIn(workingDirectory)), ...inFolders.flat()];
  return readAll(workingDirectory, paths.slice(0, MAX_FILES));
}

async function envFilesIn(folder: string): Promise<string[]> {
  return (await entriesIn(folder))
    .filter((entry) => !entry.isDirectory() && ENV_FILE_NAME.test(entry.name))
    .map(({ name }) => join(folder, name))
    .toSorted();
}

function entriesIn(folder: string) {
  // Not there, or not to be read: nothing was taken from it either.
  return readdir(folder, { withFileTypes: true }).catch(() => []);
}

async function readAll(workingDirectory: string, paths: readonly string[]): Promise<EnvFile[]> {
  const files = await Promise.all(
    paths.map(async (path): Promise<EnvFile[]> => {
      const read = await readRegularFile(path);
      if (read === undefined) {
        return [];
      }
      const text = read.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
      return [{ name: shortName(workingDirectory, path), values: parse(text), text }];
    }),
  );
  return files.flat();
}

/** `undefined` for what cannot be read, is too large, or is not a regular file: reading a pipe could wait forever. */
async function readRegularFile(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await file.stat();
      return stats.isFile() && stats.size <= MAX_BYTES ? await file.readFile('utf8') : undefined;
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

const MARKER = 'NESTJS_COHERE_OCCURRENCE_';
const MAX_OCCURRENCES = 1_000;

/**
 * Finds the lines by letting dotenv itself decide: every occurrence of the name gets a number, and those
 * that dotenv then defines are definitions. So comments, `export`, quotes and names inside the
 * multi-line value of another variable need no second parser.
 */
function definitionsIn(text: string, variable: string): { line: number; value: string }[] {
  const pieces = occurrencesOf(text, variable);
  const marked = pieces
    .map((piece, index) => (index === 0 ? piece : `${MARKER}${index}_${piece}`))
    .join('');
  const values = parse(marked);
  let line = 1;
  return pieces.flatMap((piece, index) => {
    line += piece.split('\n').length - 1;
    const value = values[`${MARKER}${index + 1}_`];
    return value === undefined ? [] : [{ line, value: unmarked(value, variable) }];
  });
}

/** The text cut at every occurrence of the name, also where it is only a part of another one. */
function occurrencesOf(text: string, variable: string): string[] {
  const pieces = text.split(variable);
  return [
    ...pieces.slice(0, MAX_OCCURRENCES),
    ...(pieces.length > MAX_OCCURRENCES ? [pieces.slice(MAX_OCCURRENCES).join(variable)] : []),
  ];
}

function unmarked(value: string, variable: string): string {
  return value.replace(/NESTJS_COHERE_OCCURRENCE_\d{1,4}_/g, variable);
}

function shortName(workingDirectory: string, absolute: string): string {
  const path = relative(workingDirectory, absolute);
  return path.startsWith('..') || isAbsolute(path) ? absolute : path;
}
