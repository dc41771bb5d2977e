import { fork } from 'node:child_process';
import { once } from 'node:events';
import { environment } from './environment.mjs';

/** @returns {Promise<{ url: string, stop(): void }>} */
export async function startServer({ delayMs = 0 } = {}) {
  const child = fork(new URL('./server.mjs', import.meta.url), {
    env: environment({ DELAY_MS: String(delayMs) }),
  });
  const [{ url }] = await once(child, 'message');
  return { url, stop: () => child.kill() };
}
