import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../support/loopback.js';

const isInstalled = spawnSync('redis-server', ['--version']).status === 0;

/**
 * Why tests with a real Redis cannot run here; undefined where they can. In CI they always run, and fail
 * where redis-server is missing.
 */
export const redisIsMissing =
  isInstalled || process.env['CI'] === 'true' ? undefined : 'redis-server is not installed';

/** A real Redis on a free port of loopback that keeps nothing. */
export class RedisServer {
  readonly port: number;
  readonly #folder: string;
  #process: ChildProcess;

  private constructor(port: number, folder: string, child: ChildProcess) {
    this.port = port;
    this.#folder = folder;
    this.#process = child;
  }

  static async start(): Promise<RedisServer> {
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), 'nestjs-cohere-redis-'));
    return new RedisServer(port, folder, await spawnRedis(port, folder));
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Kills it, as a power failure would. */
  async kill(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill('SIGKILL');
      await once(this.#process, 'exit');
    }
  }

  /** Holds every client: the connection stays, and nothing is answered. */
  freeze(): void {
    this.#process.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process.kill('SIGCONT');
  }

  /** Starts it again on the same port after `kill()`, empty. */
  async restart(): Promise<void> {
    this.#process = await spawnRedis(this.port, this.#folder);
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function spawnRedis(port: number, folder: string): Promise<ChildProcess> {
  const child = spawn(
    'redis-server',
    [
      ['--port', String(port)],
      ['--bind', '127.0.0.1'],
      ['--save', ''],
      ['--appendonly', 'no'],
      ['--dir', folder],
      // BullMQ refuses to lose jobs silently.
      ['--maxmemory-policy', 'noeviction'],
    ].flat(),
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}:\n${output}`)));
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Ready to accept connections')) {
        resolve();
      }
    });
  });
  child.removeAllListeners('exit');
  return child;
}
