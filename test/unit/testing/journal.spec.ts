import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { RecordedRequest } from 'nestjs-cohere/testing';
import { Journal } from '../../../lib/testing/emulator/journal.js';
import type { OpenRecord } from '../../../lib/testing/emulator/journal.js';
import { ask, checkKey, rerank } from './support/ask.js';
import { useEmulator } from './support/use-emulator.js';
import { fingerprint } from '../../../lib/config/api-key/secret.js';
import { CANARY } from '../../support/keys.js';

const emulator = useEmulator();

describe('the journal', () => {
  it('records requests and responses', async () => {
    const timed = await emulator.start({ clock: () => 1_234 });
    await rerank(timed, { top_n: 1 }, { headers: { 'x-client-name': 'tests' } });
    expect(timed.requests).toEqual([
      {
        method: 'POST',
        path: '/v2/rerank',
        query: '',
        fingerprint: fingerprint(timed.keys.active),
        headers: expect.objectContaining({ 'x-client-name': 'tests' }),
        body: expect.objectContaining({ query: 'capital', top_n: 1 }),
        at: 1_234,
        status: 200,
        durationMs: expect.any(Number),
      },
    ]);
  });

  it('never holds a key, wherever the request put it', async () => {
    const key = CANARY;
    await ask(emulator.current, `/v1/models/${key}?page_token=${key}`, { key });
    await rerank(emulator.current, { query: key }, { key, headers: { 'x-extra': key } });
    await ask(emulator.current, '/v2/rerank', { key, body: `{${key}` });
    const everything = inspect(emulator.current.requests, { depth: Infinity, showHidden: true });
    expect(everything).not.toContain(key);
    expect(everything).not.toContain(key.slice(8, 24));
    expect(everything).toContain(fingerprint(key));
    for (const { headers } of emulator.current.requests) {
      expect(Object.keys(headers)).not.toContain('authorization');
    }
  });

  it('keeps a body that is not JSON as text, and a missing body as undefined', async () => {
    await ask(emulator.current, '/v2/rerank', { body: '{"query":' });
    await checkKey(emulator.current, null);
    expect(emulator.current.requests.map(({ body }) => body)).toEqual(['{"query":', undefined]);
    expect(emulator.current.requests[1]?.fingerprint).toBeUndefined();
  });

  it('counts by path and by status, and clears on demand', async () => {
    await rerank(emulator.current);
    await rerank(emulator.current, { documents: [] });
    await checkKey(emulator.current, null);
    expect(emulator.current.counters).toEqual({
      requests: 3,
      rateLimited: 0,
      byPath: { '/v2/rerank': 2, '/v1/check-api-key': 1 },
      byStatus: { 200: 1, 400: 1, 401: 1 },
    });
    emulator.current.clearRequests();
    expect(emulator.current.requests).toEqual([]);
    expect(emulator.current.counters).toEqual({
      requests: 0,
      rateLimited: 0,
      byPath: {},
      byStatus: {},
    });
  });

  it('gives a list of its own, that later requests do not change', async () => {
    await rerank(emulator.current);
    const before = emulator.current.requests;
    await rerank(emulator.current);
    expect(before).toHaveLength(1);
  });

  it('tells a listener of each request once it is over', async () => {
    const seen: RecordedRequest[] = [];
    const heard = await emulator.start({ onRequest: (request) => seen.push(request) });
    await rerank(heard);
    heard.fail({ kind: 'hang' });
    const hanging = rerank(heard).catch(() => undefined);
    await heard.waitForRequests(2);
    expect(seen).toHaveLength(1);
    await heard.stop();
    await hanging;
    expect(seen.map(({ status }) => status)).toEqual([200, undefined]);
  });

  it('evicts the oldest requests, and keeps counting', () => {
    const journal = new Journal();
    for (let count = 0; count < 10_005; count += 1) {
      journal.open(record(`/${count}`), 0);
    }
    expect(journal.records).toHaveLength(10_000);
    expect(journal.records[0]?.path).toBe('/5');
    journal.open(record('/large'), 64 * 1024 * 1024);
    journal.open(record('/larger'), 64 * 1024 * 1024);
    expect(journal.records.map(({ path }) => path)).toEqual(['/larger']);
    expect(journal.counters.requests).toBe(10_007);
  });
});

describe('waitForRequests', () => {
  it('resolves once that many have arrived', async () => {
    const waiting = emulator.current.waitForRequests(2);
    await Promise.all([rerank(emulator.current), rerank(emulator.current)]);
    expect(await waiting).toHaveLength(2);
    expect(await emulator.current.waitForRequests(1)).toHaveLength(2);
  });

  it('sees a request that is never answered', async () => {
    emulator.current.fail({ kind: 'hang' });
    const hanging = rerank(emulator.current).catch(() => undefined);
    expect((await emulator.current.waitForRequests(1))[0]?.path).toBe('/v2/rerank');
    await emulator.current.stop();
    await hanging;
  });

  it('reports the number of arrivals when some are missing', async () => {
    await rerank(emulator.current);
    await expect(emulator.current.waitForRequests(2, { timeoutMs: 10 })).rejects.toThrow(
      '1 of 2 requests came within 10 ms.',
    );
  });
});

function record(path: string): OpenRecord {
  return {
    method: 'POST',
    path,
    query: '',
    fingerprint: undefined,
    headers: {},
    body: undefined,
    at: 0,
    status: undefined,
    durationMs: undefined,
  };
}
