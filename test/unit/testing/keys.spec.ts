import { describe, expect, it } from 'vitest';
import { MODELS_OPERATION } from '../../../lib/testing/emulator/endpoints/models.js';
import { RERANK_OPERATION } from '../../../lib/testing/emulator/endpoints/rerank.js';
import { READY_MADE_KEYS } from '../../../lib/testing/emulator/keys.js';
import { RateLimits } from '../../../lib/testing/emulator/limits.js';
import { ask, checkKey, message, rerank } from './support/ask.js';
import { useEmulator } from './support/use-emulator.js';
import { lintApiKey } from '../../../lib/config/api-key/api-key-lint.js';

const emulator = useEmulator();
const MINUTE = 60_000;
const INVALID = 'invalid api token';

describe('ready-made keys', () => {
  it.each(Object.entries(READY_MADE_KEYS))('%s passes the key lint without a notice', (_, key) => {
    expect(key).toMatch(/^emulator[A-Za-z0-9]{32}$/);
    expect(lintApiKey(key, { name: 'COHERE_API_KEY' })).toEqual({
      key: expect.anything(),
      notices: [],
    });
  });

  it('are the same in every process', () => {
    expect(READY_MADE_KEYS.active).toBe('emulatorActiveFv09Q4ZLLVTqbrXaZp0KEfCqcQ');
    expect(new Set(Object.values(READY_MADE_KEYS)).size).toBe(6);
  });
});

describe('a key', () => {
  it.each([
    ['active', 200, undefined, 200],
    ['trial', 200, undefined, 200],
    [
      'expired',
      401,
      expect.stringMatching(/^Your API key has expired\. Please create a production key/),
      401,
    ],
    ['revoked', 401, INVALID, 401],
    ['noRerank', 403, 'user does not have the necessary permissions', 200],
    [
      'unpaid',
      402,
      expect.stringMatching(/^Please add or update your payment method at https:\/\/dashboard/),
      200,
    ],
  ] as const)('that is %s', async (name, status, expected, checked) => {
    const key = emulator.current.keys[name];
    const answer = await rerank(emulator.current, {}, { key });
    expect(answer.status).toBe(status);
    expect(message(answer)).toEqual(expected);
    expect((await checkKey(emulator.current, key)).status).toBe(checked);
    expect((await ask(emulator.current, '/v1/models', { key })).status).toBe(checked);
  });

  it.each([
    ['unknown', 'someKeyNobodyKnows', INVALID],
    ['with a blank too many', ` ${READY_MADE_KEYS.active}`, INVALID],
    ['in quotation marks', `"${READY_MADE_KEYS.active}"`, INVALID],
    ['after a second Bearer', `Bearer ${READY_MADE_KEYS.active}`, INVALID],
    ['that is not there', null, 'no api key supplied'],
    ['that is empty', '', 'no api key supplied'],
  ])('%s is refused everywhere', async (_name, key, expected) => {
    for (const answer of [
      await rerank(emulator.current, {}, { key }),
      await checkKey(emulator.current, key),
      await ask(emulator.current, '/v1/models', { key }),
    ]) {
      expect(answer.status).toBe(401);
      expect(message(answer)).toBe(expected);
    }
  });

  it('may come in another header, alone, and is not recorded either', async () => {
    const { active, revoked } = emulator.current.keys;
    const azure = await emulator.start({ apiKeyHeader: 'Api-Key' });
    const send = async (key: string) => {
      const headers = { 'api-key': key };
      return (await ask(azure, '/v1/models', { key: null, headers })).status;
    };
    expect([await send(active), await send(revoked), await send('')]).toEqual([200, 401, 401]);
    expect((await ask(azure, '/v1/models', { key: active })).status).toBe(401);
    expect(JSON.stringify(azure.requests)).not.toContain(active);
    expect(azure.requests[0]?.fingerprint).toMatch(/^sha256:/);
  });

  it('changes its state while the emulator runs', async () => {
    const { keys } = emulator.current;
    emulator.current.setKey(keys.active, 'revoked');
    expect((await rerank(emulator.current)).status).toBe(401);
    emulator.current.setKey(keys.active, 'active');
    expect((await rerank(emulator.current)).status).toBe(200);
    emulator.current.setKey('aKeyMadeForThisTest', 'no-rerank');
    expect((await checkKey(emulator.current, 'aKeyMadeForThisTest')).status).toBe(200);
  });

  it('of one emulator is unknown to another', async () => {
    const other = await emulator.start({});
    emulator.current.setKey(emulator.current.keys.active, 'revoked');
    expect((await rerank(other)).status).toBe(200);
  });

  it('may be brought along, as a list or with its state', async () => {
    const listed = await emulator.start({ keys: ['first', 'second'] });
    expect((await rerank(listed, {}, { key: 'second' })).status).toBe(200);
    const stated = await emulator.start({ keys: { first: 'expired' } });
    expect((await rerank(stated, {}, { key: 'first' })).status).toBe(401);
  });
});

describe('POST /v1/check-api-key', () => {
  it('reports a valid key and its organization', async () => {
    const answer = await checkKey(emulator.current, emulator.current.keys.active);
    expect(answer.body).toEqual({
      valid: true,
      organization_id: expect.any(String),
      owner_id: expect.any(String),
    });
  });

  it('names the organization of each key', async () => {
    const { current } = emulator;
    const staging = await emulator.start({ keys: { staging: { organizationId: 'org-staging' } } });
    const { body } = await checkKey(staging, 'staging');
    expect(body).toMatchObject({ valid: true, organization_id: 'org-staging' });

    const { active } = current.keys;
    current.setKey(active, { organizationId: 'org-production' });
    current.setKey(active, 'trial');
    expect((await checkKey(current, active)).body?.['organization_id']).toBe('org-production');
    current.setKey(active, { organizationId: null });
    expect((await checkKey(current, active)).body).toEqual({
      valid: true,
      owner_id: expect.any(String),
    });
  });

  it('may say valid: false in place of 401', async () => {
    const polite = await emulator.start({ invalidKeyAnswer: 'valid-false' });
    for (const key of [polite.keys.revoked, polite.keys.expired, 'nobodyKnows']) {
      const answer = await checkKey(polite, key);
      expect([answer.status, answer.body]).toEqual([200, { valid: false }]);
    }
    expect((await checkKey(polite, null)).status).toBe(401);
    expect((await rerank(polite, {}, { key: polite.keys.revoked })).status).toBe(401);
  });
});

describe('a trial key', () => {
  it('may rerank ten times in any minute', async () => {
    const { call, pass } = await startWithClock();
    for (let calls = 1; calls <= 10; calls += 1) {
      const answer = await call();
      expect(answer.headers.get('x-trial-endpoint-call-remaining')).toBe(String(10 - calls));
      expect(answer.headers.get('x-trial-endpoint-call-limit')).toBe('10');
      expect(answer.headers.get('x-endpoint-monthly-call-limit')).toBe('1000');
    }
    pass(MINUTE - 1);
    const eleventh = await call();
    expect(eleventh.status).toBe(429);
    expect(message(eleventh)).toMatch(
      /^You are using a Trial key, which is limited to 10 API calls \/ minute\. You can continue/,
    );
    expect(eleventh.headers.has('x-trial-endpoint-call-limit')).toBe(false);
    expect(eleventh.headers.has('retry-after')).toBe(false);
    pass(1);
    expect((await call()).status).toBe(200);
  });

  it('may make a thousand calls in a calendar month, and 429 counts for nothing', () => {
    let now = Date.UTC(2026, 10, 30, 12);
    const limits = new RateLimits(() => now);
    const caller = { key: READY_MADE_KEYS.trial, state: 'trial', rateLimit: undefined } as const;
    for (let calls = 0; calls < 1_000; calls += 1) {
      limits.admit(caller, calls % 2 === 0 ? RERANK_OPERATION : MODELS_OPERATION);
      now += MINUTE / 10;
    }
    for (const operation of [RERANK_OPERATION, MODELS_OPERATION]) {
      expect(() => limits.admit(caller, operation)).toThrow(
        /^You are using a Trial key, which is limited to 1000 API calls \/ month\. You can continue/,
      );
    }
    now = Date.UTC(2026, 11, 1) - 1;
    expect(() => limits.admit(caller, RERANK_OPERATION)).toThrow('month');
    now = Date.UTC(2026, 11, 1);
    expect(limits.admit(caller, RERANK_OPERATION)).toMatchObject({
      'x-trial-endpoint-call-remaining': '9',
    });
  });

  it('gets its limits with a refusal too, and that call counts', async () => {
    const { trial } = await startWithClock();
    const answer = await rerank(trial, { documents: [] }, { key: trial.keys.trial });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('x-trial-endpoint-call-remaining')).toBe('9');
  });

  it('may ask for models forty times in any minute, and is told so with each answer', async () => {
    const { trial, pass } = await startWithClock();
    const { trial: key } = trial.keys;
    for (let calls = 1; calls <= 40; calls += 1) {
      const path = ['/v1/models/rerank-v5.0-fast', '/v1/models', '/v1/models/unknown'][calls % 3];
      const answer = await ask(trial, path ?? '', { key });
      expect(answer.headers.get('x-trial-endpoint-call-remaining')).toBe(String(40 - calls));
      expect(answer.headers.get('x-trial-endpoint-call-limit')).toBe('40');
      expect(answer.headers.get('x-endpoint-monthly-call-limit')).toBe('1000');
    }
    const refused = await ask(trial, '/v1/models/rerank-v5.0-fast', { key });
    expect(refused.status).toBe(429);
    expect(message(refused)).toMatch(/which is limited to 40 API calls \/ minute\./);
    expect((await rerank(trial, {}, { key })).status).toBe(200);
    pass(MINUTE);
    expect((await ask(trial, '/v1/models', { key })).status).toBe(200);
  });

  it('may check itself any number of times', async () => {
    const { trial } = await startWithClock();
    for (let calls = 0; calls < 50; calls += 1) {
      expect((await checkKey(trial, trial.keys.trial)).status).toBe(200);
    }
  });

  it('shares its limits with no other key, and an active key has none', async () => {
    const { trial, call } = await startWithClock();
    await Promise.all(Array.from({ length: 11 }, call));
    const active = await Promise.all(Array.from({ length: 20 }, () => rerank(trial)));
    expect(active.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(active[0]?.headers.has('x-trial-endpoint-call-limit')).toBe(false);
  });
});

async function startWithClock() {
  let now = Date.UTC(2026, 10, 30, 12);
  const trial = await emulator.start({ clock: () => now });
  const call = () => rerank(trial, {}, { key: trial.keys.trial });
  const pass = (ms: number) => {
    now += ms;
  };
  return { trial, call, pass };
}
