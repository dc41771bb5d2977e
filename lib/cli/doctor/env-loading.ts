import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';

/** The limit of files to search: enough for any app that loads its `.env` near its start, and fast. */
const MAX_FILES = 500;
const MAX_BYTES = 256 * 1024;
const SOURCES = new Set(['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs']);
/** Files of the project's root that start the app with a `.env`. */
const STARTERS =
  /^(?:package\.json|nest-cli\.json|project\.json|\.envrc|procfile|makefile|justfile|dockerfile.*|(?:docker-)?compose.*\.ya?ml|.*\.sh|ecosystem\.config\.\w+)$/i;
const LOADS =
  /ConfigModule\s*\.\s*forRoot\s*\(|dotenv|loadEnvFile|--env-file|\benv_file\b|env-cmd|@next\/env/;

/**
 * Returns true if anything in the project loads a `.env` file: ConfigModule, dotenv, Node or Compose; `undefined` if there
 * is no project, or it is too large to be sure.
 */
export async function loadsEnvFile(directory: string): Promise<boolean | undefined> {
  if (!(await isFile(join(directory, 'package.json')))) {
    return undefined;
  }
  const paths: string[] = [];
  await collect(directory, true, paths);
  for (const path of paths.slice(0, MAX_FILES)) {
    if (LOADS.test(await readSmall(path))) {
      return true;
    }
  }
  return paths.length > MAX_FILES ? undefined : false;
}

/** Folders with generated or installed files, which are not searched. */
const SKIPPED = /^(?:node_modules|dist|build|coverage|test|tests|e2e|\..*)$/;

async function collect(folder: string, isRoot: boolean, paths: string[]): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (paths.length > MAX_FILES) {
      return;
    }
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!SKIPPED.test(entry.name)) {
        await collect(path, false, paths);
      }
    } else if (
      entry.isFile() &&
      ((isRoot && STARTERS.test(entry.name)) ||
        (SOURCES.has(extname(entry.name)) && !/\.(?:spec|test|d)\.\w+$/.test(entry.name)))
    ) {
      paths.push(path);
    }
  }
}

async function readSmall(path: string): Promise<string> {
  try {
    return (await stat(path)).size > MAX_BYTES ? '' : await readFile(path, 'utf8');
  } catch {
    return '';
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
}
