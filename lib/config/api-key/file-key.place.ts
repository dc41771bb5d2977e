import { constants } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { createDiagnosis } from '../../diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../../diagnosis/diagnosis.interface.js';
import { looksLikeSecret } from '../describe-value.js';
import { locateVariable } from '../env-files.js';
import type { ConfigurationEnvironment } from '../resolved-configuration.interface.js';
import type { FetchedValue, KeyPlace } from './api-key-source.interface.js';

const LARGEST_FILE = 64 * 1024;

/**
 * A file that holds the key alone, as Docker and Kubernetes mount secrets. Kubernetes replaces a
 * mounted secret by turning a symlink elsewhere, so what counts is the file the path leads to now;
 * only a mount with `subPath` is never replaced.
 *
 * @param namedBy the variable that named the file, where one did
 */
export function fileKeyPlace(
  path: string,
  environment: ConfigurationEnvironment,
  namedBy?: string,
): KeyPlace {
  const absolute = isAbsolute(path) ? path : resolve(environment.workingDirectory, path);
  const name = shownPath(path, namedBy);
  let lastIdentity: string | undefined;

  const describeOrigin = async (): Promise<string> => {
    const origin = namedBy === undefined ? undefined : await locateVariable(namedBy, environment);
    return origin === undefined
      ? `${name}, named by the apiKey option`
      : `${name}, named by ${namedBy} from ${origin.place}`;
  };

  return {
    name,
    fetchValue: async (): Promise<FetchedValue> => {
      try {
        // Taken before reading: a swap in between is then seen as a change, never missed.
        lastIdentity = await identityOf(absolute);
        return { value: await readSmallFile(absolute) };
      } catch (error) {
        return { problem: unreadable(name, await describeOrigin(), reasonOf(error)) };
      }
    },
    describeOrigin,
    mayHaveChanged: async () => {
      try {
        return (await identityOf(absolute)) !== lastIdentity;
      } catch {
        return false; // Gone for the moment; there is no other key to be read.
      }
    },
  };
}

async function identityOf(path: string): Promise<string> {
  const target = await realpath(path);
  const { dev, ino, size, mtimeNs } = await stat(target, { bigint: true });
  return [target, dev, ino, size, mtimeNs].join(' ');
}

/** Why a file that could be found is not read. Thrown and caught in this file only. */
class UnsuitableFileError extends Error {}

async function readSmallFile(path: string): Promise<string> {
  // Without O_NONBLOCK, opening a named pipe that nobody writes to would hold the boot forever.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (stats.isDirectory()) {
      throw new UnsuitableFileError('EISDIR: it is a directory');
    }
    if (!stats.isFile()) {
      throw new UnsuitableFileError('it is not a regular file');
    }
    if (stats.size > LARGEST_FILE) {
      throw new UnsuitableFileError(`it has ${stats.size} bytes, which no key has`);
    }
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of the path is not a directory',
  EACCES: 'the user of this process may not read it',
  EPERM: 'the user of this process may not read it',
  EISDIR: 'it is a directory',
  ELOOP: 'its symbolic links lead in a circle',
};

function reasonOf(error: unknown): string {
  if (error instanceof UnsuitableFileError) {
    return error.message;
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  const reason = REASONS[code];
  return reason === undefined ? code : `${code}: ${reason}`;
}

/** A path that looks like a key is one, given where its file should be named; no part that does is shown. */
function shownPath(path: string, namedBy: string | undefined): string {
  const shown = path.replace(/[A-Za-z0-9]{20,}/g, (run) => (looksLikeSecret(run) ? '…' : run));
  const isOnePiece = !/[\\/.]/.test(path);
  return (shown !== path && isOnePiece) ||
    looksLikeSecret(shown) ||
    !/^[\P{Cc}]{1,300}$/u.test(path)
    ? `the file of ${namedBy ?? 'apiKey.file'}`
    : shown;
}

function unreadable(name: string, origin: string, reason: string): Diagnosis {
  const isHidden = name.startsWith('the file of ');
  return createDiagnosis('COHERE_API_KEY_FILE_UNREADABLE', {
    title: `${isHidden ? '' : 'The API key file '}${isHidden ? name.replace('the', 'The') : name} cannot be read.`,
    detail: `${origin}; ${reason}${isHidden ? '; the path looks like a key and is not shown' : ''}`,
  });
}
