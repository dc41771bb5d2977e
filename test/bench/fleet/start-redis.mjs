import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';

/** A Redis of our own that keeps nothing. @returns {Promise<{ url: string, stop(): void } | undefined>} undefined where there is none */
export async function startRedis() {
  const port = await freePort();
  const child = spawn(
    'redis-server',
    ['--port', port, '--bind', '127.0.0.1', '--save', '', '--dir', tmpdir()].map(String),
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const isMissing = once(child, 'error').then(() => true);
  const isReady = new Promise((resolve) => {
    child.stdout.on('data', (chunk) => {
      if (chunk.toString().includes('Ready to accept connections')) {
        resolve(false);
      }
    });
  });
  return (await Promise.race([isMissing, isReady]))
    ? undefined
    : { url: `redis://127.0.0.1:${port}`, stop: () => child.kill() };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}
