import { readFile } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { parse } from 'dotenv';
import type { ConfigurationEnvironment } from '../configuration-environment.interface.js';

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
