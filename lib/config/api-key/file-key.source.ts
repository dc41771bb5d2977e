import { constants } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { CATALOGUE } from '../../diagnosis/catalogue.js';
import { createDiagnosis } from '../../diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../../diagnosis/diagnosis.interface.js';
import { exists } from '../../diagnosis/read-safely.js';
import { looksLikeSecret } from '../describe-value.js';
import { locateVariable } from '../env-files.js';
import { findQuotationMarks } from '../quotation-marks.js';
import type { ConfigurationEnvironment } from '../resolved-configuration.interface.js';
import type { FetchedValue, KeyOrigin, RawKeySource } from './api-key-source.interface.js';

const MAX_BYTES = 64 * 1024;

/**
 * Reads the key from a file that contains only it, as Docker and Kubernetes mount secrets. Kubernetes replaces a mounted
 * secret by changing a symlink, so the current target of the path counts; only a mount with `subPath` never changes.
 *
 * @param namedBy the variable that named the file, if any
 */
export function fileKeySource(
  path: string,
  environment: ConfigurationEnvironment,
  namedBy?: string,
): RawKeySource {
  const absolute = isAbsolute(path) ? path : resolve(environment.workingDirectory, path);
  const name = shownKeyFile(path, absolute) ?? hiddenName(namedBy);
  let lastIdentity: string | undefined;

  const findOrigin = async (): Promise<KeyOrigin> => {
    const origin = namedBy === undefined ? undefined : await locateVariable(namedBy, environment);
    return {
      text:
        origin === undefined
          ? `${name}, named by the apiKey option`
          : `${name}, named by ${namedBy} from ${origin.place}`,
    };
  };

  return {
    name,
    fetchValue: async (): Promise<FetchedValue> => {
      try {
        // Taken before reading, so that a concurrent replacement counts as a change.
        lastIdentity = await identityOf(absolute);
        return { value: await readSmallFile(absolute) };
      } catch (error) {
        const failure = { name, namedBy, error, path, absolute };
        return { problem: await unreadable(failure, (await findOrigin()).text) };
      }
    },
    findOrigin,
    mayHaveChanged: async () => (await identityOf(absolute)) !== lastIdentity,
  };
}

/** Returns a version of the file, which covers its permissions (ctime) and its absence. */
async function identityOf(path: string): Promise<string> {
  try {
    const target = await realpath(path);
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(target, { bigint: true });
    return [target, dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    return reasonOf(error);
  }
}

/** Signals why an existing file is not read. Thrown and caught only in this file. */
class UnsuitableFileError extends Error {}

async function readSmallFile(path: string): Promise<string> {
  // Without O_NONBLOCK, opening a named pipe without a writer would block the boot forever.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (stats.isDirectory()) {
      throw new UnsuitableFileError('EISDIR: it is a directory');
    }
    if (!stats.isFile()) {
      throw new UnsuitableFileError('it is not a regular file');
    }
    if (stats.size > MAX_BYTES) {
      throw new UnsuitableFileError(`it has ${stats.size} bytes, too many for a key`);
    }
    // PowerShell and Notepad write a byte order mark first.
    return (await file.readFile('utf8')).replace(/^\ufeff/, '');
  } finally {
    await file.close();
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of the path is not a directory',
  EACCES: 'the user of this process may not read it',
  EPERM: 'the user of this process may not read it',
  ERR_ACCESS_DENIED: 'Node was started without --allow-fs-read for it',
  EISDIR: 'it is a directory',
  ELOOP: 'its symbolic links form a loop',
};

function reasonOf(error: unknown): string {
  if (error instanceof UnsuitableFileError) {
    return error.message;
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  const reason = REASONS[code];
  return reason === undefined ? code : `${code}: ${reason}`;
}

const PLAIN_WORDS =
  /^\.{0,2}(?:[a-z]*|[A-Z]+|[A-Z][a-z]+)(?:[._-](?:[a-z]*|[A-Z]+|[A-Z][a-z]+))*\d{0,3}$/;

/**
 * Formats a path for output. A path that is not a file may be a misplaced key: a UUID, base64 with slashes, a passphrase.
 * So a path is shown only if it exists, consists of several plain words, or is in an existing directory.
 */
export function shownKeyFile(path: string, absolute: string): string | undefined {
  if (!/^[\P{Cc}]{1,300}$/u.test(path)) {
    return undefined;
  }
  if (exists(absolute)) {
    return path;
  }
  const parts = path.split(/[\\/]/).filter((part) => part !== '');
  const isPlausible =
    !looksLikeSecret(path) &&
    parts.every((part) => part.length <= 60) &&
    (parts.length > 1 || isAbsolute(path) || /^\.|\.[a-z]{2,6}$/.test(path)) &&
    (parts.every((part) => PLAIN_WORDS.test(part)) || exists(dirname(absolute)));
  return isPlausible ? path : undefined;
}

function hiddenName(namedBy: string | undefined): string {
  return `the file of ${namedBy ?? 'apiKey.file'}`;
}

interface UnreadFile {
  readonly name: string;
  readonly namedBy: string | undefined;
  readonly path: string;
  readonly absolute: string;
  readonly error: unknown;
}

async function unreadable(
  { name, namedBy, path, absolute, error }: UnreadFile,
  origin: string,
): Promise<Diagnosis> {
  const setting = namedBy ?? 'apiKey.file';
  const isHidden = name === hiddenName(namedBy);
  const key = namedBy === undefined ? 'pass it as apiKey' : 'put it in COHERE_API_KEY';
  return createDiagnosis('COHERE_API_KEY_FILE_UNREADABLE', {
    title: isHidden
      ? `${setting} does not name a file that can be read.`
      : `The API key file ${name} cannot be read.`,
    detail: `${origin}; ${reasonOf(error)}${isHidden ? '; the value is not shown, because it may be a key' : ''}`,
    fix: [
      ...(isHidden
        ? [pathMeant(path) ?? `${setting} takes a path; this looks like a key: ${key}.`]
        : []),
      ...(isDirectory(error) ? [await nameTheFile(setting, name, absolute)] : []),
      ...CATALOGUE.COHERE_API_KEY_FILE_UNREADABLE.fix,
    ],
  });
}

/** Returns the step to write a valid path, without repeating the value. */
function pathMeant(value: string): string | undefined {
  if (/^~[\w.-]*[\\/]|^\$(?:\w+|\{\w+\})[\\/]/.test(value)) {
    return 'Write the whole path: only a shell replaces ~ and variables.';
  }
  if (/^file:\/\//i.test(value)) {
    return 'Write a path, without file:// in front.';
  }
  const { inner = '', isWrapped = false } = findQuotationMarks(value) ?? {};
  return isWrapped && /^[/.~]/.test(inner)
    ? 'Remove the quotation marks around the value.'
    : undefined;
}

function isDirectory(error: unknown): boolean {
  return error instanceof UnsuitableFileError && error.message.startsWith('EISDIR');
}

/** Returns the step to name a file in a directory: Kubernetes mounts a secret as one, with a file per field. */
async function nameTheFile(setting: string, name: string, absolute: string): Promise<string> {
  const entries = await readdir(absolute).catch(() => []);
  const files = entries.filter(
    (entry) => /^[\w-][\w.-]{0,60}$/.test(entry) && !looksLikeSecret(entry),
  );
  const [only] = files;
  return files.length === 1 && only !== undefined
    ? `Set ${setting} to the file in that directory: ${join(name, only)}.`
    : `Set ${setting} to the file in that directory that contains the key${files.length === 0 ? '' : `, one of ${files.slice(0, 5).join(', ')}`}.`;
}
