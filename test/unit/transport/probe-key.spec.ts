import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { CohereEmulator, type ReadyMadeKeys } from '../../../lib/testing/index.js';
import { CohereTransport } from '../../../lib/transport/cohere-transport.js';
import { failureOf, settingsFor } from '../../support/rerank-over.js';
import { KEY } from '../../support/keys.js';
import { hang, html, json, StubCohere, text, type Answer } from '../../support/stub-cohere.js';
import { Secret } from '../../../lib/config/api-key/secret.js';
import type { DiagnosisCode } from '../../../lib/diagnosis/catalogue.js';
import { type KeyStatus, probeKey, type ProbeOptions } from '../../../lib/transport/key-check.js';

type Mode = ProbeOptions['mode'];
type Verdict = KeyStatus['verdict'];

const MODES: readonly Mode[] = ['key', 'model', 'rerank'];

async function probe(
  url: string,
  key: string | undefined,
  options: Partial<ProbeOptions> = {},
): Promise<KeyStatus> {
  const transport = new CohereTransport(settingsFor(url));
  onTestFinished(() => transport.close());
  // A short deadline is not for loading the pool.
  await transport.loadDispatcher();
  return probeKey(transport, key === undefined ? undefined : new Secret(key), {
    mode: 'key',
    model: 'rerank-v5.0-fast',
    timeoutMs: 3_000,
    maxRetries: 0,
    ...options,
  });
}

describe('what Cohere says of a key', () => {
  const REJECTED = 'COHERE_API_KEY_REJECTED';
  const table: readonly [keyof ReadyMadeKeys, Mode, Verdict, DiagnosisCode?][] = [
    ...MODES.flatMap((mode): [keyof ReadyMadeKeys, Mode, Verdict, DiagnosisCode?][] => [
      ['active', mode, 'valid'],
      ['trial', mode, 'valid'],
      ['revoked', mode, 'rejected', REJECTED],
      ['expired', mode, 'rejected', 'COHERE_API_KEY_EXPIRED'],
    ]),
    // What a key may do shows in a rerank only.
    ['noRerank', 'key', 'valid'],
    ['noRerank', 'model', 'valid'],
    ['noRerank', 'rerank', 'rejected', 'COHERE_API_KEY_FORBIDDEN'],
    ['unpaid', 'key', 'valid'],
    ['unpaid', 'rerank', 'undetermined', 'COHERE_BILLING_REQUIRED'],
  ];

  it.each(table)('%s, asked with mode %s: %s', async (state, mode, verdict, code) => {
    const emulator = await CohereEmulator.start();
    onTestFinished(() => emulator.stop());
    const status = await probe(emulator.url, emulator.keys[state], { mode });
    expect(status.verdict).toBe(verdict);
    expect(status.diagnosis?.code).toBe(code);
  });

  it('counts in its body, not in its status', async () => {
    const stub = await StubCohere.start(json(200, { valid: false }));
    expect(await probe(stub.url, KEY)).toMatchObject({
      verdict: 'rejected',
      diagnosis: { code: REJECTED },
    });
  });

  it.each([
    ['rerank-v0', 'COHERE_MODEL_NOT_FOUND'],
    ['command-a-03-2025', 'COHERE_MODEL_NOT_FOUND'],
    ['rerank-english-v2.0', 'COHERE_MODEL_NOT_FOUND'],
  ])('says nothing against it where the model is wrong (%s)', async (model, code) => {
    const emulator = await CohereEmulator.start();
    onTestFinished(() => emulator.stop());
    for (const mode of ['model', 'rerank'] as const) {
      // oxlint-disable-next-line no-await-in-loop -- the emulator counts them apart
      expect(await probe(emulator.url, emulator.keys.active, { mode, model })).toMatchObject({
        verdict: 'undetermined',
        diagnosis: { code },
      });
    }
  });

  it('counts more than what it says of the model', async () => {
    const emulator = await CohereEmulator.start();
    onTestFinished(() => emulator.stop());
    const options = { mode: 'model', model: 'rerank-v0' } as const;
    expect(await probe(emulator.url, emulator.keys.revoked, options)).toMatchObject({
      verdict: 'rejected',
    });
  });
});

describe('what leaves the verdict open', () => {
  const UNCERTAIN: readonly (readonly [string, Answer, DiagnosisCode])[] = [
    ['429', json(429, { message: 'please wait' }), 'COHERE_RATE_LIMITED'],
    ['500', json(500, {}), 'COHERE_UPSTREAM_ERROR'],
    ['503', json(503, {}), 'COHERE_UPSTREAM_ERROR'],
    ['404', text(404, '404 page not found'), 'COHERE_RESPONSE_INVALID'],
    ['403 in HTML', html(403), 'COHERE_BLOCKED'],
    ['401 in HTML', html(401), 'COHERE_BLOCKED'],
    ['200 in HTML', html(200), 'COHERE_BLOCKED'],
    ['JSON that says nothing', json(200, {}), 'COHERE_RESPONSE_INVALID'],
    ['a redirect', text(307, '', { location: 'https://cohere.test' }), 'COHERE_RESPONSE_INVALID'],
  ];

  it.each(MODES.flatMap((mode) => UNCERTAIN.map((row) => [mode, ...row] as const)))(
    'mode %s: %s',
    async (mode, _name, answer, code) => {
      const stub = await StubCohere.start(answer);
      expect(await probe(stub.url, KEY, { mode })).toMatchObject({
        verdict: 'undetermined',
        diagnosis: { code },
      });
    },
  );

  it.each(MODES)('mode %s: silence, up to the deadline', async (mode) => {
    const stub = await StubCohere.start(hang);
    expect(await probe(stub.url, KEY, { mode, timeoutMs: 100 })).toMatchObject({
      verdict: 'undetermined',
      diagnosis: { code: 'COHERE_TIMEOUT' },
    });
  });

  it('an answer whose "valid" is not a boolean', async () => {
    const stub = await StubCohere.start(json(200, { valid: 'true' }));
    expect(await probe(stub.url, KEY)).toMatchObject({
      verdict: 'undetermined',
      diagnosis: { code: 'COHERE_RESPONSE_INVALID' },
    });
  });

  it('a deadline, where the cause was seen before: it is the cause that is reported', async () => {
    const stub = await StubCohere.start(json(503, {}), hang);
    expect(await probe(stub.url, KEY, { maxRetries: 2, timeoutMs: 500 })).toMatchObject({
      verdict: 'undetermined',
      diagnosis: { code: 'COHERE_UPSTREAM_ERROR', upstream: { status: 503 } },
    });
    expect(stub.requests).toHaveLength(2);
  });

  it('nothing, once a second attempt is answered', async () => {
    const stub = await StubCohere.start(json(503, {}), json(200, { valid: true }));
    expect(await probe(stub.url, KEY, { maxRetries: 1 })).toEqual({ verdict: 'valid' });
  });
});

describe('without a key', () => {
  const paths: Readonly<Record<Mode, string>> = {
    key: '/v1/check-api-key',
    model: '/v1/models/rerank-v5.0-fast',
    rerank: '/v2/rerank',
  };
  const good: Readonly<Record<Mode, unknown>> = {
    key: { valid: true },
    model: { endpoints: ['rerank'] },
    rerank: { results: [{ index: 0, relevance_score: 1 }] },
  };

  it.each(MODES)('mode %s asks one question, and sends no Authorization', async (mode) => {
    const stub = await StubCohere.start(json(200, good[mode]));
    expect(await probe(stub.url, undefined, { mode })).toEqual({ verdict: 'valid' });
    expect(stub.paths).toEqual([paths[mode]]);
    expect(stub.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  it.each(MODES)('mode %s is told when the deployment wants one', async (mode) => {
    const emulator = await CohereEmulator.start();
    onTestFinished(() => emulator.stop());
    expect(await probe(emulator.url, undefined, { mode })).toMatchObject({
      verdict: 'rejected',
      diagnosis: { code: 'COHERE_API_KEY_MISSING' },
    });
  });
});

it('a probe ends at once with the reason of the signal, and with nothing else', async () => {
  const stub = await StubCohere.start(hang);
  const controller = new AbortController();
  const failing = failureOf(
    probe(stub.url, KEY, { mode: 'model', timeoutMs: 10_000, signal: controller.signal }),
  );
  await vi.waitFor(() => expect(stub.requests).toHaveLength(2));
  controller.abort('enough');
  expect(await failing).toBe('enough');
});
