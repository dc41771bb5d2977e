import { describe, expect, it } from 'vitest';
import type { EmulatedKey, KeyState } from '../../../lib/testing/emulator/keys.js';
import { ask, checkKey, message, rerank } from './support/ask.js';
import { useEmulator } from './support/use-emulator.js';
import { CohereEmulator } from '../../../lib/testing/emulator/cohere-emulator.js';

const emulator = useEmulator();
const KEY = 'aKeyThatAFleetShares';
const WINDOW_MS = 10_000;

describe('a key with a rate limit', () => {
  it('reranks as often as allowed in any window, wherever the window begins', async () => {
    const { call, pass } = await startLimited({ requests: 3, perMs: WINDOW_MS });
    expect(await call()).toBe(200);
    pass(WINDOW_MS - 1);
    expect([await call(), await call()]).toEqual([200, 200]);
    expect(await call()).toBe(429);
    pass(1);
    // The first has left the window; the two made 1 ms ago have not, as a fixed window would have it.
    expect([await call(), await call()]).toEqual([200, 429]);
    pass(WINDOW_MS - 1);
    expect([await call(), await call(), await call()]).toEqual([200, 200, 429]);
  });

  it('gets the documented text without Retry-After, as from Cohere', async () => {
    const { limited, call } = await startLimited({ requests: 1, perMs: WINDOW_MS });
    await call();
    const refused = await rerank(limited, {}, { key: KEY });
    expect(message(refused)).toBe(
      'You are past the per minute request limit, please wait and try again later.',
    );
    expect(refused.headers.has('retry-after')).toBe(false);
  });

  it('can send the time of the next request in Retry-After', async () => {
    const rateLimit = { requests: 1, perMs: WINDOW_MS, retryAfter: true };
    const { limited, call, pass } = await startLimited(rateLimit);
    await call();
    pass(2_500);
    const refused = await rerank(limited, {}, { key: KEY });
    expect(refused.headers.get('retry-after')).toBe('8');
  });

  it('is counted where it was refused, and a refusal uses nothing up', async () => {
    const { limited, call, pass } = await startLimited({ requests: 1, perMs: WINDOW_MS });
    await Promise.all([call(), call(), call()]);
    limited.fail({ kind: 'status', status: 429 });
    await call();
    expect(limited.counters).toMatchObject({ rateLimited: 2, byStatus: { 200: 1, 429: 3 } });
    pass(WINDOW_MS);
    expect(await call()).toBe(200);
    limited.clearRequests();
    expect(limited.counters.rateLimited).toBe(0);
    expect(await call()).toBe(429);
  });

  it('has it for reranks only, and other keys have none', async () => {
    const { limited, call } = await startLimited({ requests: 1, perMs: WINDOW_MS });
    await call();
    for (let calls = 0; calls < 3; calls += 1) {
      expect((await checkKey(limited, KEY)).status).toBe(200);
      expect((await ask(limited, '/v1/models', { key: KEY })).status).toBe(200);
      expect((await rerank(limited)).status).toBe(200);
    }
  });

  it('keeps it when its state changes, and loses it when it is described anew', async () => {
    const { limited, call } = await startLimited({ requests: 1, perMs: WINDOW_MS });
    await call();
    limited.setKey(KEY, 'revoked');
    expect(await call()).toBe(401);
    limited.setKey(KEY, 'active');
    expect(await call()).toBe(429);
    limited.setKey(KEY, { state: 'active' });
    expect(await call()).toBe(200);
  });

  it('may be a trial key, which has the limits of both', async () => {
    const limited = await emulator.start({
      keys: { [KEY]: { state: 'trial', rateLimit: { requests: 2, perMs: WINDOW_MS } } },
    });
    const answers = [];
    for (let calls = 0; calls < 3; calls += 1) {
      answers.push(await rerank(limited, {}, { key: KEY }));
    }
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers[1]?.headers.get('x-trial-endpoint-call-remaining')).toBe('8');
  });

  it('lets exactly as many through when everything comes at once', async () => {
    const { limited, call } = await startLimited({ requests: 50, perMs: WINDOW_MS });
    const statuses = await Promise.all(Array.from({ length: 200 }, call));
    expect(statuses.filter((status) => status === 200)).toHaveLength(50);
    expect(limited.counters.rateLimited).toBe(150);
  });
});

describe('a key that cannot be', () => {
  it.each([
    [{ requests: 0, perMs: 1 }, /rateLimit\.requests must be a whole number from 1; it is 0/],
    [{ requests: 1.5, perMs: 1 }, /rateLimit\.requests/],
    [{ requests: 1, perMs: 0 }, /rateLimit\.perMs must be a number above 0; it is 0/],
    [{ requests: 1, perMs: Number.POSITIVE_INFINITY }, /rateLimit\.perMs/],
  ])('%j is refused before anything listens, without naming the key', async (rateLimit, text) => {
    const starting = CohereEmulator.start({ keys: { [KEY]: { rateLimit } } });
    await expect(starting).rejects.toThrow(RangeError);
    await expect(starting).rejects.toThrow(text);
    await expect(starting).rejects.not.toThrow(KEY);
    expect(() => emulator.current.setKey(KEY, { rateLimit })).toThrow(text);
  });

  it('is refused with a state that does not exist', () => {
    const misspelt: KeyState = JSON.parse('"expried"');
    expect(() => emulator.current.setKey(KEY, misspelt)).toThrow(
      /^The state of a key must be one of active, trial, expired, revoked, no-rerank, unpaid\.$/,
    );
  });
});

async function startLimited(rateLimit: NonNullable<EmulatedKey['rateLimit']>) {
  let now = Date.UTC(2026, 10, 30, 12);
  const limited = await emulator.start({ keys: { [KEY]: { rateLimit } }, clock: () => now });
  const call = async () => (await rerank(limited, {}, { key: KEY })).status;
  const pass = (ms: number) => {
    now += ms;
  };
  return { limited, call, pass };
}
