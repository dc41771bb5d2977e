import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { emptyFolder } from './support/run-app.js';
import { SampleProcess } from './support/sample-process.js';

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
    '%s that is busy ends the start with one line, which names another port',
    async (name, command) => {
      const port = await busyPort();
      const sample = new SampleProcess({ sample: name, environment: { PORT: String(port) } });
      expect(await sample.exitCodeOfFailedBoot()).toBe(69);
      expect(sample.output).toBe(
        `Port ${port} is already in use. Choose another one: PORT=${port + 1} ${command}\n`,
      );
    },
  );

  it('is read by the same code in each of them', () => {
    const [first, ...others] = SAMPLES.map(([name]) =>
      readFileSync(
        fileURLToPath(new URL(`../../sample/${name}/src/listen/port.ts`, import.meta.url)),
        'utf8',
      ),
    );
    for (const other of others) {
      expect(other).toBe(first);
    }
  });

  it.each(['abc', '70000', '-1', '3000/', '0x10'])(
    'that is %s ends the start with one line',
    async (port) => {
      const sample = new SampleProcess({ environment: { PORT: port } });
      expect(await sample.exitCodeOfFailedBoot()).toBe(78);
      expect(sample.output).toBe(
        `PORT must be a whole number from 0 to 65535 (0: any free port), not "${port}".\n`,
      );
    },
  );

  it('may come from .env', async () => {
    const port = await busyPort();
    const workingDirectory = emptyFolder();
    writeFileSync(join(workingDirectory, '.env'), `PORT=${port}\n`);
    const sample = new SampleProcess({ workingDirectory, environment: { PORT: undefined } });
    expect(await sample.exitCodeOfFailedBoot()).toBe(69);
    expect(sample.output).toContain(`Port ${port} is already in use.`);
  });
});
