import { once } from 'node:events';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setImmediate as immediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { rerank } from './support/ask.js';
import { useEmulator } from './support/use-emulator.js';
import { CohereEmulator } from '../../../lib/testing/emulator/cohere-emulator.js';

const emulator = useEmulator();

const HAS_IPV6 = Object.values(networkInterfaces())
  .flat()
  .some((found) => found?.address === '::1');

/** Sockets, servers and timers that are open once the event loop has closed what was to be closed. */
async function openHandles(): Promise<number> {
  await immediate();
  await immediate();
  return process.getActiveResourcesInfo().filter((name) => /TCP|Timeout/.test(name)).length;
}

describe('an emulator', () => {
  it('listens on loopback only, on a port of its own', async () => {
    const other = await emulator.start({});
    expect(emulator.current.url).toBe(`http://127.0.0.1:${emulator.current.port}`);
    expect(other.port).not.toBe(emulator.current.port);
  });

  it('takes the port it is given', async () => {
    const { port } = emulator.current;
    await emulator.current.stop();
    const again = await emulator.start({ port });
    expect(again.port).toBe(port);
  });

  it.skipIf(!HAS_IPV6)('takes the address it is given', async () => {
    const six = await emulator.start({ host: '::1' });
    expect(six.url).toBe(`http://[::1]:${six.port}`);
    expect((await rerank(six)).status).toBe(200);
  });

  it('reports why it cannot listen', async () => {
    await expect(CohereEmulator.start({ port: emulator.current.port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])(
    'refuses a latency of %s, which no timer has',
    async (latencyMs) => {
      await expect(CohereEmulator.start({ latencyMs })).rejects.toThrow(/^latencyMs must be/);
    },
  );

  it('stops at once, however many connections wait, and may be stopped again', async () => {
    emulator.current.fail({ kind: 'hang' }, { times: Infinity });
    const hanging = Array.from({ length: 20 }, () => rerank(emulator.current).catch(() => 'ended'));
    await emulator.current.waitForRequests(20);
    await Promise.all([emulator.current.stop(), emulator.current.stop()]);
    expect(await Promise.all(hanging)).toEqual(Array(20).fill('ended'));
    await emulator.current.stop();
    await expect(rerank(emulator.current)).rejects.toThrow('fetch failed');
  });

  it('frees its port', async () => {
    const { port } = emulator.current;
    await emulator.current.stop();
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    expect(server.address()).toMatchObject({ port });
    server.close();
    await once(server, 'close');
  });

  it('is disposed of at the end of a block', async () => {
    const disposable = await CohereEmulator.start();
    await disposable[Symbol.asyncDispose]();
    await expect(rerank(disposable)).rejects.toThrow('fetch failed');
  });

  it('can run fifty times at once', async () => {
    const fifty = await Promise.all(Array.from({ length: 50 }, () => emulator.start({})));
    expect(new Set(fifty.map(({ port }) => port)).size).toBe(50);
    const answers = await Promise.all(fifty.map((one) => rerank(one)));
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
  });

  it('started and stopped a thousand times leaves no handle', async () => {
    await cycle();
    const before = await openHandles();
    for (let round = 0; round < 100; round += 1) {
      await Promise.all(Array.from({ length: 10 }, cycle));
    }
    expect(await openHandles()).toBeLessThanOrEqual(before);
  });
});

describe('NODE_ENV=production', () => {
  it('is warned of, and not refused: a demo image may have it', async () => {
    const warned = once(process, 'warning');
    const before = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'production';
    try {
      await emulator.start({});
    } finally {
      process.env['NODE_ENV'] = before;
    }
    expect((await warned)[0]).toMatchObject({ code: 'COHERE_EMULATOR_IN_PRODUCTION' });
  });
});

async function cycle(): Promise<void> {
  const one = await CohereEmulator.start();
  await one.stop();
}
