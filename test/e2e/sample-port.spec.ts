import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { emptyFolder } from './support/run-app.js';
import { SampleProcess } from './support/sample-process.js';
import { npmScript } from './support/sample-readme.js';

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

async function busyPort(): Promise<number> {
  const server = createServer().listen(0);
  servers.push(server);
  await once(server, 'listening');
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}

const SAMPLES = [
  ['01-rerank-api', 'npm start'],
  ['02-tenant-keys', 'npm run start:02'],
  ['03-graphql', 'npm run start:03'],
  ['04-kubernetes', 'npm run start:04'],
] as const;

describe('the port of the sample', () => {
  it.each(SAMPLES)(
    '%s that is taken ends the start with a line that names another port',
    async (name, command) => {
      const port = await busyPort();
      const sample = new SampleProcess({ sample: name, environment: { PORT: String(port) } });
      expect(await sample.exitCodeOfFailedBoot()).toBe(69);
      expect(sample.output).toMatch(
        new RegExp(`\nThe port is taken\\. Choose another one: PORT=3001 ${command}\n$`),
      );
      expect(sample.output).not.toMatch(/^ {4}at /m);
    },
  );

  it('may come from .env', async () => {
    const port = await busyPort();
    const workingDirectory = emptyFolder();
    writeFileSync(join(workingDirectory, '.env'), `PORT=${port}\n`);
    const sample = new SampleProcess({ workingDirectory, environment: { PORT: undefined } });
    expect(await sample.exitCodeOfFailedBoot()).toBe(69);
    expect(sample.output).toContain('The port is taken.');
  });
});

describe('npm start', () => {
  it.each(['start', 'start:02', 'start:03', 'start:04'])(
    '(%s) says first that it builds',
    (name) => {
      const [first = ''] = npmScript(name).split(' && ');
      expect(execFileSync('sh', ['-c', first], { encoding: 'utf8' })).toMatch(/^Building, .*\n$/);
    },
  );
});

describe('sample 01', () => {
  it('listens on loopback only', async () => {
    const sample = new SampleProcess();
    try {
      const { port } = new URL(await sample.listening());
      const others = Object.values(networkInterfaces())
        .flatMap((addresses) => addresses ?? [])
        .filter(({ internal, family }) => !internal && family === 'IPv4');
      for (const { address } of others) {
        await expect(fetch(`http://${address}:${port}/status`)).rejects.toThrow('fetch failed');
      }
      expect((await fetch(`http://127.0.0.1:${port}/status`)).status).toBe(200);
    } finally {
      sample.kill();
    }
  });
});
