import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../../sample/05-bulk/dist/main.js', import.meta.url));

/** The built sample as a process of its own, with nothing of our environment but the path. */
export class BulkProcess {
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | null>;
  #output = '';

  constructor(parameters: readonly string[], environment: Readonly<Record<string, string>>) {
    const child = spawn(process.execPath, [MAIN, ...parameters], {
      env: { PATH: process.env['PATH'], NO_COLOR: '1', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const collect = (chunk: string) => {
      this.#output += chunk;
      child.emit('output');
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    this.#child = child;
    this.#exit = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code));
    });
  }

  /** Standard output and standard error, in the order of arrival. */
  get output(): string {
    return this.#output;
  }

  /** `null` where it was killed. */
  exitCode(): Promise<number | null> {
    return this.#exit;
  }

  /** Resolves once something that it printed matches. */
  printed(pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (pattern.test(this.#output)) {
          this.#child.off('output', look);
          resolve();
        }
      };
      this.#child.on('output', look);
      void this.#exit.then((code) =>
        reject(new Error(`ended with ${code}, and has not printed ${pattern}:\n${this.#output}`)),
      );
      look();
    });
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }

  stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.#exit;
  }
}
