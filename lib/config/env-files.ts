import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parse } from 'dotenv';
import type { ConfigurationEnvironment } from './resolved-configuration.interface.js';

/** One line of a `.env` file that sets a variable. */
export interface EnvFileEntry {
  /** `.env:3` */
  readonly place: string;
  readonly value: string;
}

/** A `.env` file that exists, by the rules of dotenv, which ConfigModule uses. */
export interface EnvFile {
  /** The path from the working directory, or the absolute path of a file elsewhere. */
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
  readonly text: string;
  /** The reason why no loader finds a variable in it. Its text is decoded as UTF-16. */
  readonly unusable?: { readonly seen: string; readonly fix: string } | undefined;
}

/** Another source that sets the same name, and is overridden. */
export interface ShadowedSource {
  /** `.env:3`, `COHERE_API_KEY from the environment` */
  readonly place: string;
  readonly sameValue: boolean;
  readonly isEmpty: boolean;
}

/** The source of a variable's value, and what it overrides. */
export interface VariableOrigin {
  /** `the environment`, or `.env:3` */
  readonly place: string;
  readonly shadowed: readonly ShadowedSource[];
}

const MAX_BYTES = 1024 * 1024;
/** The maximum size of a folder that is searched for `.env` files; the root of a disk, for one, is larger. */
const MAX_FOLDERS = 100;
const ENV_FILE_NAME = /^\.env|\.env$/;

/** Reads the existing files that ConfigModule would read, the winning one first. */
export async function readEnvFiles(environment: ConfigurationEnvironment): Promise<EnvFile[]> {
  const { workingDirectory, envFilePaths = ['.env'] } = environment;
  return readAll(
    workingDirectory,
    envFilePaths.map((path) => resolve(workingDirectory, path)),
  );
}

/** Finds files named `.env*` or `*.env` in the working directory, its direct sub-folders and those of `apps`. */
export async function readNearbyEnvFiles({
  workingDirectory,
}: ConfigurationEnvironment): Promise<EnvFile[]> {
  const folders = [
    workingDirectory,
    ...(await foldersIn(workingDirectory)),
    ...(await foldersIn(join(workingDirectory, 'apps'))),
  ];
  const files = await Promise.all(folders.map(envFilesIn));
  return readAll(workingDirectory, files.flat());
}

/** Lists every line that sets the variable, the winning one first: first file first, and within a file last line first. */
export function entriesOf(files: readonly EnvFile[], variable: string): EnvFileEntry[] {
  return files
    .filter(({ unusable }) => unusable === undefined)
    .flatMap((file) =>
      definitionsIn(file.text, variable)
        .map(({ line, value }) => ({ place: `${file.name}:${line}`, value }))
        .toReversed(),
    );
}

/** Finds the source in the `.env` files, only after failures and for the doctor. `undefined` if the variable is not set. */
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
 * them. So a value that equals the winning line of a file counts as coming from there. If it is in
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
    winnerWith(name, value, value === '' ? [] : await readNearbyEnvFiles(environment), environment);
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

/** Formats `COHERE_API_KEY from .env:3`, and what that overrides. */
export function describeOrigin(name: string, origin: VariableOrigin): string {
  return `${name} from ${origin.place}${describeShadowed(origin.shadowed)}`;
}

/** Formats the overridden sources, or nothing without one. */
export function describeShadowed(shadowed: readonly ShadowedSource[]): string {
  return shadowed.length === 0 ? '' : ` (overrides ${listShadowed(shadowed)})`;
}

/** `.env:3, another value; .env:7, the same value` */
export function listShadowed(shadowed: readonly ShadowedSource[]): string {
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
  environment: ConfigurationEnvironment,
): EnvFileEntry | undefined {
  const file = files.find((candidate) => givesValue(candidate, name, value, environment));
  return file && entriesOf([file], name)[0];
}

function givesValue(
  file: EnvFile,
  name: string,
  value: string,
  { variables }: ConfigurationEnvironment,
): boolean {
  const [entry] = entriesOf([file], name);
  return (
    entry !== undefined && (entry.value === value || expandIn(file, entry, variables) === value)
  );
}

function expandIn(
  file: EnvFile,
  { value }: EnvFileEntry,
  variables: ConfigurationEnvironment['variables'],
): string {
  return expand(value, { ...file.values, ...variables });
}

/** Reads a variable again from its file: the value that the app would read now, and its line. */
export type EnvFileReader = () => Promise<EnvFileEntry | undefined>;

/**
 * Finds the `.env` file that the value of a variable came from, and returns a reader of that file; `undefined`
 * if no file has the value, so that a file that a real variable overrides is never read.
 */
export async function findEnvFile(
  name: string,
  value: string,
  environment: ConfigurationEnvironment,
): Promise<EnvFileReader | undefined> {
  const find = (files: readonly EnvFile[]) =>
    files.find((candidate) => givesValue(candidate, name, value, environment));
  const usual = find(await readEnvFiles(environment));
  // Other files are many, and must not delay the start.
  const file =
    usual ?? find(await pause(1_000, environment, { ref: false }).then(readNearbyEnvFiles));
  if (file === undefined) {
    return undefined;
  }
  const isExpanded = entriesOf([file], name)[0]?.value !== value;
  const others = isExpanded ? variablesOfOthers(file, environment) : {};
  return async () => {
    const [now] = await readEnvFiles({ ...environment, envFilePaths: [file.name] });
    const entry = now && entriesOf([now], name)[0];
    return entry && isExpanded ? { ...entry, value: expandIn(now, entry, others) } : entry;
  };
}

/** Returns the variables that did not come from a file: a copy that ConfigModule made must not hide the mended file. */
function variablesOfOthers(
  file: EnvFile,
  environment: ConfigurationEnvironment,
): ConfigurationEnvironment['variables'] {
  const entries = Object.entries(environment.variables);
  return Object.fromEntries(
    entries.filter(([name, value = '']) => !givesValue(file, name, value, environment)),
  );
}

/** Expands a value like `expandVariables` of ConfigModule: `${NAME}`, `${NAME:-default}` and `$NAME`. */
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

async function foldersIn(folder: string): Promise<string[]> {
  return (await entriesIn(folder))
    .filter((entry) => entry.isDirectory() && !['node_modules', '.git'].includes(entry.name))
    .slice(0, MAX_FOLDERS)
    .map(({ name }) => join(folder, name));
}

async function envFilesIn(folder: string): Promise<string[]> {
  return (await entriesIn(folder))
    .filter((entry) => !entry.isDirectory() && ENV_FILE_NAME.test(entry.name))
    .map(({ name }) => join(folder, name))
    .toSorted();
}

function entriesIn(folder: string) {
  // Missing or unreadable, so no value came from it.
  return readdir(folder, { withFileTypes: true }).catch(() => []);
}

async function readAll(workingDirectory: string, paths: readonly string[]): Promise<EnvFile[]> {
  const files = await Promise.all(
    paths.map(async (path): Promise<EnvFile[]> => {
      const bytes = await readRegularFile(path);
      return bytes === undefined ? [] : [toEnvFile(shortName(workingDirectory, path), bytes)];
    }),
  );
  return files.flat();
}

/**
 * Reads a file; `undefined` if it is unreadable or not a regular file, because reading a pipe could block forever. Reads
 * one byte beyond the limit, to detect a larger file.
 */
async function readRegularFile(path: string): Promise<Buffer | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await file.stat();
      if (!stats.isFile()) {
        return undefined;
      }
      return stats.size > MAX_BYTES ? Buffer.alloc(MAX_BYTES + 1) : await file.readFile();
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

function toEnvFile(name: string, bytes: Buffer): EnvFile {
  if (bytes.length > MAX_BYTES) {
    const seen = `${name} is larger than 1 MB and was not read`;
    return { name, values: {}, text: '', unusable: { seen, fix: `Shorten ${name}.` } };
  }
  const utf16 = decodeUtf16(bytes);
  if (utf16 !== undefined) {
    const seen = `${name} is saved as UTF-16, in which no variable is found`;
    return { name, values: {}, text: utf16, unusable: { seen, fix: `Save ${name} as UTF-8.` } };
  }
  const text = bytes
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .replace(/\r\n?/g, '\n');
  // dotenv takes quadratic time on many blank lines in a row; turning them into comments keeps the line numbers.
  const readable = text.length > 64 * 1024 ? text.replace(/\n(?=[^\S\n]*\n)/g, '\n#') : text;
  return { name, values: parse(readable), text: readable };
}

/** Decodes a file in UTF-16, as Windows PowerShell writes it; `undefined` for any other. */
function decodeUtf16(bytes: Buffer): string | undefined {
  const mark = bytes.toString('hex', 0, 2);
  const head = bytes.subarray(0, 64);
  const zerosAt = (parity: number) =>
    head.filter((byte, index) => byte === 0 && index % 2 === parity).length;
  const isBigEndian = mark === 'feff' || (mark !== 'fffe' && zerosAt(0) > zerosAt(1));
  // In ASCII text as UTF-16 every other byte is zero, with or without a byte order mark.
  if (!['feff', 'fffe'].includes(mark) && zerosAt(isBigEndian ? 0 : 1) * 4 <= head.length) {
    return undefined;
  }
  const pairs = Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2)));
  return (isBigEndian ? pairs.swap16() : pairs).toString('utf16le').replace(/^\ufeff/, '');
}

/** Finds the lines that set a variable, with the value that dotenv reads there. */
function definitionsIn(text: string, variable: string): { line: number; value: string }[] {
  const name = variable.replaceAll('.', '\\.');
  const pieces = text.split(
    new RegExp(`^(?=[^\\S\\n]*(?:export[^\\S\\n]+)?${name}[^\\S\\n]*[=:])`, 'm'),
  );
  let line = 1;
  return pieces.flatMap((piece) => {
    const value = parse(piece)[variable];
    const definition = value === undefined ? [] : [{ line, value }];
    line += piece.split('\n').length - 1;
    return definition;
  });
}

function shortName(workingDirectory: string, absolute: string): string {
  const path = relative(workingDirectory, absolute);
  return path.startsWith('..') || isAbsolute(path) ? absolute : path;
}
