import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { emptyFolder } from './run-app.js';

const SAMPLES = fileURLToPath(new URL('../../../sample/', import.meta.url));

export interface SampleOptions {
  /** Its folder. Default `01-rerank-api`. */
  readonly sample?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory?: string;
}

/** The built sample as a process of its own, on a free port, with nothing of our environment but the path. */
export class SampleProcess {
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | null>;
  #output = '';

  constructor({
    sample = '01-rerank-api',
    environment = {},
    workingDirectory = emptyFolder(),
  }: SampleOptions = {}) {
    const child = spawn(process.execPath, [join(SAMPLES, sample, 'dist/main.js')], {
      cwd: workingDirectory,
      env: { PATH: process.env['PATH'], PORT: '0', ...environment },
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

  /** Where it listens, once it has printed everything that matches `ready`. */
  async listening(ready = /Listening on (\S+),/): Promise<string> {
    const exited = this.#exit.then((code) => {
      throw new Error(`The sample ended with ${code} before it listened:\n${this.#output}`);
    });
    await Promise.race([this.#printed(ready), exited]);
    return /Listening on (\S+),/.exec(this.#output)?.[1] ?? '';
  }

  /** The exit code of a boot that fails; `null` if it listens after all, and is ended then. */
  async exitCodeOfFailedBoot(): Promise<number | null> {
    void this.#printed(/Listening on/).then(() => this.kill());
    return this.#exit;
  }

  exited(): Promise<number | null> {
    return this.#exit;
  }

  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.#exit;
  }

  /** For the end of a test, however it went. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #printed(pattern: RegExp): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (pattern.test(this.#output)) {
          this.#child.off('output', look);
          resolve();
        }
      };
      this.#child.on('output', look);
      look();
    });
  }
}
