import { createReadStream } from 'node:fs';
import { open, readFile, rm, writeFile, type FileHandle } from 'node:fs/promises';
import type { Result } from './result.js';

const SYNC_EVERY_MS = 1_000;
const NEWLINE = 0x0a;

/**
 * The output: one line per request, only ever appended to, on disk after a second at the latest. After a
 * `kill -9` the last line may be half written; it is cut off, and that request is done again.
 */
export class ResultsFile {
  readonly #file: FileHandle;
  readonly #lock: string;
  readonly #done: Set<string>;
  readonly #timer: NodeJS.Timeout;
  #writing: Promise<void> = Promise.resolve();
  #dirty = false;

  private constructor(file: FileHandle, lock: string, done: Set<string>) {
    this.#file = file;
    this.#lock = lock;
    this.#done = done;
    this.#timer = setInterval(
      () => void this.#sync().catch(() => undefined),
      SYNC_EVERY_MS,
    ).unref();
  }

  /** Opens the output, with the results of a run before. */
  static async open(path: string): Promise<ResultsFile> {
    const lock = `${path}.lock`;
    await takeLock(lock, path);
    try {
      const file = await open(path, 'a+');
      const { done, length } = await readResults(path);
      await file.truncate(length);
      return new ResultsFile(file, lock, done);
    } catch (error) {
      await rm(lock, { force: true });
      throw error;
    }
  }

  /** How many requests have a result. */
  get count(): number {
    return this.#done.size;
  }

  has(id: string): boolean {
    return this.#done.has(id);
  }

  /** Writes one after another, so that no line ends up within another. A second result of a request is dropped. */
  append(result: Result): Promise<void> {
    if (!this.#done.has(result.id)) {
      this.#done.add(result.id);
      this.#dirty = true;
      this.#writing = this.#writing.then(() =>
        this.#file.appendFile(`${JSON.stringify(result)}\n`),
      );
    }
    return this.#writing;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    try {
      await this.#sync();
      await this.#file.close();
    } finally {
      await rm(this.#lock, { force: true });
    }
  }

  async #sync(): Promise<void> {
    await this.#writing;
    if (this.#dirty) {
      this.#dirty = false;
      await this.#file.datasync();
    }
  }
}

/** The same command in two terminals would do everything twice. The lock of a process that was killed is void. */
async function takeLock(lock: string, path: string): Promise<void> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
  } catch (error) {
    const owner = Number(await readFile(lock, 'utf8').catch(() => ''));
    if (isRunning(owner)) {
      throw new Error(
        `Process ${owner} is writing ${path}. Wait for it, or delete ${lock} if it is another program.`,
        { cause: error },
      );
    }
    await writeFile(lock, String(process.pid));
  }
}

function isRunning(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    // It runs, and belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The ids of all whole lines, and where the last of them ends. */
async function readResults(path: string): Promise<{ done: Set<string>; length: number }> {
  const done = new Set<string>();
  let length = 0;
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(path)) {
    const bytes = Buffer.concat([rest, Buffer.from(chunk)]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      done.add(idOf(bytes.toString('utf8', start, end), path));
      length += end + 1 - start;
      start = end + 1;
    }
    rest = bytes.subarray(start);
  }
  return { done, length };
}

function idOf(line: string, path: string): string {
  try {
    const { id }: { id?: unknown } = JSON.parse(line);
    if (typeof id === 'string') {
      return id;
    }
  } catch {
    // Told below.
  }
  throw new Error(`${path} exists and is not an output of this program; name another file.`);
}
