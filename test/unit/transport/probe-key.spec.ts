import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { CohereEmulator, type ReadyMadeKeys } from '../../../lib/testing/index.js';
import { CohereTransport } from '../../../lib/transport/cohere-transport.js';
import { FakeKeySource, failureOf, settingsFor } from '../../support/rerank-over.js';
import { KEY } from '../../support/keys.js';
import { hang, html, json, StubCohere, text, type Answer } from '../../support/stub-cohere.js';
import { Secret } from '../../../lib/config/api-key/secret.js';
import type { DiagnosisCode } from '../../../lib/diagnosis/catalogue.js';
import type { KeyFindings, ProbeOptions } from '../../../lib/transport/key-check.js';
import { ApiKeyService, type KeyCheckOptions } from '../../../lib/transport/api-key.service.js';
import type { CohereSettings } from '../../../lib/config/resolved-configuration.interface.js';
import { rerankProof } from '../../../lib/rerank/rerank-proof.js';
import { answeredBy, COHERE_URL } from '../../support/cohere-host.js';

type Mode = ProbeOptions['mode'];
type Verdict = KeyFindings['verdict'];

const MODES: readonly Mode[] = ['key', 'model', 'rerank'];

interface Asked extends Partial<KeyCheckOptions> {
  readonly model?: string;
  readonly organizationId?: string;
}

/** Asks as if the address were Cohere's own. */
function probe(url: string, key: string | undefined, options: Asked = {}) {
  return probeAt(settingsFor(COHERE_URL, { dispatcher: answeredBy(url) }), key, options);
}

/** Asks another host than Cohere's. */
function probeElsewhere(url: string, key: string | undefined, options: Asked = {}) {
  return probeAt(settingsFor(url), key, options);
}

async function probeAt(
  settings: CohereSettings,
  key: string | undefined,
  { model = settings.model, organizationId, ...options }: Asked,
): Promise<KeyFindings> {
  const transport = new CohereTransport(settings);
  onTestFinished(() => transport.close());
  // A short deadline is not for loading the pool.
  await transport.load();
  const apiKey = new ApiKeyService({
    transport,
    source: new FakeKeySource(),
    key: key === undefined ? undefined : new Secret(key),
    proof: rerankProof({ ...settings, model }),
    organizationId,
  });
  return apiKey.probe({
    mode: 'key',
    timeoutMs: 3_000,
    maxRetries: 0,
    ...options,
  });
}

describe("Cohere's verdict on a key", () => {
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
  ])('is not negative because the model is wrong (%s)', async (model, code) => {
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

  it('takes precedence over that on the model', async () => {
    const emulator = await CohereEmulator.start();
    onTestFinished(() => emulator.stop());
    const options = { mode: 'model', model: 'rerank-v0' } as const;
    expect(await probe(emulator.url, emulator.keys.revoked, options)).toMatchObject({
      verdict: 'rejected',
    });
  });
});

describe('an undetermined verdict', () => {
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
    expect(await probe(stub.url, KEY, { maxRetries: 1 })).toMatchObject({ verdict: 'valid' });
  });
});

/** Answers the check routes and rerank. */
async function startGateway(checks: Answer, rerank: Answer): Promise<StubCohere> {
  return StubCohere.start((request, response) => {
    (request.path === '/v2/rerank' ? rerank : checks)(request, response);
  });
}

describe('a refusal by a check route of another host', () => {
  const REFUSALS: readonly (readonly [string, Answer])[] = [
    ['AWS API Gateway', json(403, { message: "'x' not a valid key=value pair in Authorization" })],
    ['LiteLLM', json(401, { detail: 'Virtual key is not allowed to call this route.' })],
    ['Spring', json(401, {})],
    ['a gateway with words about a key', json(403, { message: 'The API key has expired.' })],
    ['plain words', text(403, 'Forbidden')],
    ['an empty body', text(401, '')],
    ['HTML', html(403)],
    ['valid: false', json(200, { valid: false })],
  ];
  const RANKED = json(200, { results: [{ index: 0, relevance_score: 1 }] });

  it.each(
    (['key', 'model'] as const).flatMap((mode) => REFUSALS.map((row) => [mode, ...row] as const)),
  )('is no verdict where the key reranks (mode %s, %s)', async (mode, _name, refusal) => {
    const { url } = await startGateway(refusal, RANKED);
    const findings = await probeElsewhere(url, KEY, { mode });
    expect(findings).toMatchObject({ verdict: 'valid' });
    expect(findings.diagnosis).toBeUndefined();
    expect(findings.warnings).toEqual([
      expect.stringMatching(/\/v1\/check-api-key .*COHERE_STARTUP_CHECK=rerank/),
    ]);
  });

  it.each(REFUSALS)(
    'is confirmed if rerank refuses the key as well (%s)',
    async (_name, refusal) => {
      const unauthorized = json(401, { message: 'invalid api token' });
      const { url } = await startGateway(refusal, unauthorized);
      expect(await probeElsewhere(url, KEY)).toMatchObject({
        verdict: 'rejected',
        diagnosis: {
          code: 'COHERE_API_KEY_REJECTED',
          detail: expect.stringContaining('/v2/rerank'),
        },
      });
    },
  );

  it.each([
    ['429', json(429, {}), 'COHERE_RATE_LIMITED'],
    ['500', json(500, {}), 'COHERE_UPSTREAM_ERROR'],
    ['404', json(404, {}), 'COHERE_RESPONSE_INVALID'],
  ] as const)('is undetermined if rerank is (%s)', async (_name, answer, code) => {
    const { url } = await startGateway(json(403, { message: 'api key not allowed' }), answer);
    expect(await probeElsewhere(url, KEY)).toMatchObject({
      verdict: 'undetermined',
      diagnosis: { code },
    });
  });

  it('leaves the verdict on a model to rerank, too', async () => {
    const unknown = json(404, {
      message: "model 'x' not found, make sure the correct model ID was used",
    });
    const alias = await startGateway(unknown, RANKED);
    alias.keyCheck = json(200, { valid: true });
    expect(await probeElsewhere(alias.url, KEY, { mode: 'model' })).toMatchObject({
      verdict: 'valid',
    });
    const none = await startGateway(unknown, unknown);
    none.keyCheck = json(200, { valid: true });
    expect(await probeElsewhere(none.url, KEY, { mode: 'model' })).toMatchObject({
      verdict: 'undetermined',
      diagnosis: { code: 'COHERE_MODEL_NOT_FOUND' },
    });
  });

  it('costs a rerank only in that case', async () => {
    const stub = await startGateway(json(404, {}), RANKED);
    expect(await probeElsewhere(stub.url, KEY)).toMatchObject({ verdict: 'undetermined' });
    expect(stub.paths).toEqual(['/v1/check-api-key']);
  });

  it("is the verdict on Cohere's own host, without a rerank", async () => {
    const stub = await startGateway(json(403, { message: 'api key not allowed' }), RANKED);
    expect(await probe(stub.url, KEY)).toMatchObject({ verdict: 'rejected' });
    expect(stub.paths).toEqual(['/v1/check-api-key']);
  });
});

const sayingOf = (organization_id: unknown): Answer => json(200, { valid: true, organization_id });

describe('the organization of a key', () => {
  it('is reported as the deployment sends it, on one line and bounded', async () => {
    const stub = await StubCohere.start(sayingOf(`org\u001b[2J ${'x'.repeat(500)}`));
    const { organizationId } = await probe(stub.url, KEY);
    expect(organizationId).toMatch(/^org x{1,99}…$/);
  });

  it.each([[KEY], [undefined], [''], [7]])('is omitted if it is invalid: %j', async (id) => {
    const stub = await StubCohere.start(sayingOf(id));
    expect(await probe(stub.url, KEY)).not.toHaveProperty('organizationId');
  });

  it.each(MODES)('that is not the expected one is a verdict (mode %s)', async (mode) => {
    const emulator = await CohereEmulator.start();
    onTestFinished(() => emulator.stop());
    emulator.setKey(KEY, { state: 'active', organizationId: 'org-staging' });
    const found = await probeElsewhere(emulator.url, KEY, {
      mode,
      organizationId: 'org-production',
    });
    expect(found).toMatchObject({
      verdict: 'rejected',
      organizationId: 'org-staging',
      diagnosis: {
        code: 'COHERE_API_KEY_WRONG_ORGANIZATION',
        detail: expect.stringMatching(/org-staging.*org-production/),
      },
    });
  });

  it.each(MODES)('that no response names is one warning (mode %s)', async (mode) => {
    const emulator = await CohereEmulator.start();
    onTestFinished(() => emulator.stop());
    emulator.setKey(KEY, { state: 'active', organizationId: null });
    const found = await probeElsewhere(emulator.url, KEY, { mode, organizationId: 'org' });
    expect(found.verdict).toBe('valid');
    expect(found.warnings).toEqual([expect.stringContaining('COHERE_ORGANIZATION_ID')]);
  });
});

describe('a trial key', () => {
  it.each([
    ['model', false, { perMinute: 40, perMonth: 1000 }],
    ['rerank', false, { perMinute: 10, perMonth: 1000 }],
    ['key', true, { perMinute: 40, perMonth: 1000 }],
    ['key', false, undefined],
  ] as const)('shows in mode %s (asked for: %s)', async (mode, findsTrialKeys, trialLimits) => {
    const emulator = await CohereEmulator.start();
    onTestFinished(() => emulator.stop());
    const found = await probe(emulator.url, emulator.keys.trial, { mode, findsTrialKeys });
    expect(found.verdict).toBe('valid');
    expect(found.trialLimits).toEqual(trialLimits);
    expect(found.isTrial).toBe(trialLimits === undefined ? undefined : true);
  });

  it('is not found without a model route, which is not a failure', async () => {
    const stub = await StubCohere.start(json(404, {}));
    stub.keyCheck = json(200, { valid: true });
    const found = await probe(stub.url, KEY, { findsTrialKeys: true });
    expect(found.verdict).toBe('valid');
  });
});

it('a model that the deployment calls deprecated is one warning', async () => {
  const model = { endpoints: ['rerank'], is_deprecated: true };
  const stub = await StubCohere.start(json(200, model));
  stub.keyCheck = json(200, { valid: true });
  const { warnings } = await probe(stub.url, KEY, { mode: 'model' });
  expect(warnings).toEqual([expect.stringContaining('deprecated')]);
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

  it.each(MODES)('mode %s sends one request, without Authorization', async (mode) => {
    const stub = await StubCohere.start(json(200, good[mode]));
    expect(await probe(stub.url, undefined, { mode })).toMatchObject({ verdict: 'valid' });
    expect(stub.paths).toEqual([paths[mode]]);
    expect(stub.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  it.each(MODES)('mode %s reports that the deployment requires one', async (mode) => {
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
