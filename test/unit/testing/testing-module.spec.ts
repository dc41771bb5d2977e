import { createHash } from 'node:crypto';
import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  AuthenticationError,
  CohereModule,
  ConfigurationError,
  DIAGNOSIS_CODES,
  getRerankToken,
  InjectRerank,
  RateLimitError,
  RerankService,
  type DiagnosisCode,
} from 'nestjs-cohere';
import {
  CohereTestingController,
  CohereTestingModule,
  getCohereTestingToken,
  type CohereTestingOptions,
} from 'nestjs-cohere/testing';
import { CANARY } from '../../support/keys.js';

const ARTICLES = [
  { title: 'Shipping', text: 'Three days.' },
  { title: 'Refunds', text: 'Ask for a refund within 30 days.' },
];
const QUERY = { query: 'refund', documents: ARTICLES };

@Injectable()
class SearchService {
  constructor(private readonly rerank: RerankService) {}

  async best(query: string): Promise<string | undefined> {
    const { results } = await this.rerank.rerank({ query, documents: ARTICLES, topN: 1 });
    return results[0]?.document.title;
  }
}

const cohere = CohereModule.forRoot();

@Module({ imports: [cohere], providers: [SearchService] })
class AppModule {}

const stop: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stop.splice(0).map((close) => close()));
  vi.unstubAllEnvs();
});

describe('CohereTestingModule', () => {
  it('gives a RerankService that ranks, without key, environment or HTTP', async () => {
    const module = await Test.createTestingModule({
      imports: [CohereTestingModule.forRoot()],
      providers: [SearchService],
    }).compile();
    expect(await module.get(SearchService).best('how do I get a refund')).toBe('Refunds');
  });

  it('replaces CohereModule where the app names its dynamic module', async () => {
    const module = await Test.createTestingModule({ imports: [AppModule] })
      .overrideModule(cohere)
      .useModule(CohereTestingModule)
      .compile();
    await module.init();
    stop.push(() => module.close());
    expect(await module.get(SearchService).best('shipping')).toBe('Shipping');
    module.get(CohereTestingController).failNext('COHERE_RATE_LIMITED');
    await expect(module.get(SearchService).best('shipping')).rejects.toThrow(RateLimitError);
  });

  it('replaces the service alone where the module stays', async () => {
    vi.stubEnv('COHERE_API_KEY', CANARY);
    vi.stubEnv('COHERE_STARTUP_CHECK', 'off');
    const module = await Test.createTestingModule({ imports: [AppModule] })
      .overrideProvider(RerankService)
      .useValue(
        new CohereTestingController({ score: (_query, text) => (text.includes('Three') ? 1 : 0) })
          .rerank,
      )
      .compile();
    await module.init();
    stop.push(() => module.close());
    expect(await module.get(SearchService).best('refund')).toBe('Shipping');
  });

  it('takes the place of named instances, each with a controller of its own', async () => {
    @Injectable()
    class Both {
      constructor(
        @InjectRerank('eu') readonly eu: RerankService,
        @InjectRerank('us') readonly us: RerankService,
      ) {}
    }
    const module = await Test.createTestingModule({
      imports: [
        CohereTestingModule.forRoot({ name: 'eu' }),
        CohereTestingModule.forRoot({ name: 'us' }),
      ],
      providers: [Both],
    }).compile();
    const eu = module.get<CohereTestingController>(getCohereTestingToken('eu'));
    eu.failNext('COHERE_API_KEY_EXPIRED');
    const both = module.get(Both);
    expect((await both.us.rerank(QUERY)).results).toHaveLength(2);
    await expect(both.eu.rerank(QUERY)).rejects.toThrow(AuthenticationError);
    expect(module.get(getRerankToken('eu'))).toBe(both.eu);
    expect(() => module.get(RerankService)).toThrow('could not find');
  });

  it('is seen everywhere with isGlobal', async () => {
    @Module({ providers: [SearchService], exports: [SearchService] })
    class FeatureModule {}
    const module = await Test.createTestingModule({
      imports: [CohereTestingModule.forRoot({ isGlobal: true }), FeatureModule],
    }).compile();
    expect(await module.get(SearchService).best('refund')).toBe('Refunds');
  });

  it('shares nothing between modules compiled from one definition', async () => {
    const definition = CohereTestingModule.forRoot();
    const compile = () => Test.createTestingModule({ imports: [definition] }).compile();
    const [one, two] = [await compile(), await compile()];
    one.get(CohereTestingController).failNext('COHERE_TIMEOUT');
    await two.get(RerankService).rerank(QUERY);
    expect(one.get(CohereTestingController).calls).toEqual([]);
    expect(two.get(CohereTestingController).calls).toHaveLength(1);
  });
});

describe('failNext', () => {
  it.each(DIAGNOSIS_CODES)('%s fails one call with that code', async (code) => {
    const testing = new CohereTestingController();
    testing.failNext(code);
    await expect(testing.rerank.rerank(QUERY)).rejects.toMatchObject({ code });
    expect((await testing.rerank.rerank(QUERY)).results).toHaveLength(2);
  });

  it("carries Cohere's own words where there are some", async () => {
    const testing = new CohereTestingController();
    testing.failNext('COHERE_API_KEY_EXPIRED');
    await expect(testing.rerank.rerank(QUERY)).rejects.toMatchObject({
      diagnosis: {
        httpStatus: 401,
        upstream: { status: 401, message: expect.stringContaining('Your API key has expired') },
      },
    });
  });

  it('fails as often, and in the order, as scripted', async () => {
    const testing = new CohereTestingController();
    testing.failNext('COHERE_UPSTREAM_ERROR', { times: 2 });
    testing.failNext('COHERE_RATE_LIMITED', { retryAfterMs: 1_500 });
    const codes: unknown[] = [];
    for (let calls = 0; calls < 4; calls += 1) {
      codes.push(
        await testing.rerank.rerank(QUERY).then(
          () => 'ranked',
          (error: unknown) => error,
        ),
      );
    }
    expect(codes).toEqual([
      expect.objectContaining({ code: 'COHERE_UPSTREAM_ERROR' }),
      expect.objectContaining({ code: 'COHERE_UPSTREAM_ERROR' }),
      expect.objectContaining({ code: 'COHERE_RATE_LIMITED', retryAfterMs: 1_500 }),
      'ranked',
    ]);
  });

  it('is retried by the service if maxRetries is set', async () => {
    const testing = new CohereTestingController({ maxRetries: 2 });
    testing.failNext('COHERE_UPSTREAM_ERROR', { times: 2 });
    const { usage } = await testing.rerank.rerank(QUERY);
    expect(usage).toMatchObject({ requests: 1, retries: 2 });
    expect(testing.calls).toHaveLength(3);
  });

  it.each(['COHERE_API_KEY_REJECTED', 'COHERE_API_KEY_EXPIRED'] as const)(
    '%s fails one call with the key of a tenant as well',
    async (code) => {
      const testing = new CohereTestingController();
      const tenant = testing.rerank.forKey(CANARY);
      testing.failNext(code);
      await expect(tenant.rerank(QUERY)).rejects.toMatchObject({ code });
      expect((await tenant.rerank(QUERY)).results).toHaveLength(2);
    },
  );

  it('decides the verdict of checkKey', async () => {
    const testing = new CohereTestingController();
    expect(await testing.rerank.checkKey()).toMatchObject({ verdict: 'valid' });
    testing.failNext('COHERE_API_KEY_REJECTED', { on: 'checkKey' });
    testing.failNext('COHERE_UNREACHABLE', { on: 'checkKey' });
    expect((await testing.rerank.rerank(QUERY)).results).toHaveLength(2);
    expect(await testing.rerank.checkKey()).toMatchObject({
      verdict: 'rejected',
      diagnosis: { code: 'COHERE_API_KEY_REJECTED' },
    });
    expect(await testing.rerank.checkKey()).toMatchObject({
      verdict: 'undetermined',
      diagnosis: { code: 'COHERE_UNREACHABLE' },
    });
    expect(await testing.rerank.checkKey({ mode: 'model' })).toMatchObject({ verdict: 'valid' });
    expect(await testing.rerank.checkKey({ mode: 'rerank' })).toMatchObject({ verdict: 'valid' });
  });

  it.each([0, -1, 1.5])('refuses %s as the number of times', (times) => {
    const testing = new CohereTestingController();
    expect(() => testing.failNext('COHERE_TIMEOUT', { times })).toThrow(RangeError);
  });

  it('is forgotten by reset, as are the calls', async () => {
    const testing = new CohereTestingController();
    testing.failNext('COHERE_TIMEOUT', { times: Infinity });
    await expect(testing.rerank.rerank(QUERY)).rejects.toMatchObject({ code: 'COHERE_TIMEOUT' });
    testing.reset();
    expect(testing.calls).toEqual([]);
    expect((await testing.rerank.rerank(QUERY)).results).toHaveLength(2);
  });
});

describe('the service without HTTP', () => {
  it('records what would have been sent', async () => {
    const testing = new CohereTestingController({ model: 'rerank-v4.0-pro' });
    await testing.rerank.rerank({
      ...QUERY,
      topN: 1,
      maxTokensPerDoc: 100,
      priority: 3,
      relevantSpans: { maxSpans: 2 },
    });
    expect(testing.calls).toEqual([
      {
        model: 'rerank-v4.0-pro',
        query: 'refund',
        documents: [
          'title: Shipping\ntext: Three days.\n',
          'title: Refunds\ntext: Ask for a refund within 30 days.\n',
        ],
        topN: 1,
        maxTokensPerDoc: 100,
        priority: 3,
        relevantSpans: { maxSpans: 2 },
        fingerprint: expect.stringMatching(/^sha256:[0-9a-f]{8}$/),
      },
    ]);
  });

  it('ranks a split call as it ranks a whole one', async () => {
    const documents = Array.from({ length: 25 }, (_, index) => `${'refund '.repeat(index)}x`);
    const request = { query: 'refund', documents };
    const whole = await new CohereTestingController().rerank.rerank(request);
    const split = new CohereTestingController({ maxDocumentsPerRequest: 10 });
    expect((await split.rerank.rerank(request)).results).toEqual(whole.results);
    expect(split.calls).toHaveLength(3);
  });

  it('tells whose key was used', async () => {
    const testing = new CohereTestingController();
    const key = CANARY;
    await testing.rerank.forKey(key).rerank(QUERY);
    await testing.rerank.rerank(QUERY);
    const [tenant, own] = testing.calls.map((call) => call.fingerprint);
    expect(tenant).toBe(`sha256:${createHash('sha256').update(key).digest('hex').slice(0, 8)}`);
    expect(own).not.toBe(tenant);
  });

  it('bills, and gives relevant spans', async () => {
    const { usage, results } = await new CohereTestingController().rerank.rerank({
      ...QUERY,
      relevantSpans: true,
    });
    expect(usage).toMatchObject({ requests: 1, searchUnits: 1, inputTokens: expect.any(Number) });
    expect(results[0]?.relevantSpans?.[0]?.text).toBe('title: Refunds');
  });

  it('validates as the real one, before anything is asked', async () => {
    const testing = new CohereTestingController();
    await expect(testing.rerank.rerank({ query: ' ', documents: ['a'] })).rejects.toMatchObject({
      code: 'COHERE_REQUEST_INVALID',
    });
    expect((await testing.rerank.rerank({ query: 'a', documents: [] })).results).toEqual([]);
    expect(testing.calls).toEqual([]);
  });

  it('ends with the reason of a signal', async () => {
    const reason = new Error('enough');
    const abort = new AbortController();
    const call = new CohereTestingController().rerank.rerank(QUERY, { signal: abort.signal });
    abort.abort(reason);
    await expect(call).rejects.toBe(reason);
  });

  it('reports an invalid result of score()', async () => {
    const service = new CohereTestingController({ score: () => 2 }).rerank;
    await expect(service.rerank(QUERY)).rejects.toMatchObject({
      diagnosis: { title: 'The score function of the test failed.' },
    });
  });

  it.each([
    ['{"timeoutMs":-1}', /^timeoutMs /],
    ['{"concurrency":"x"}', /^concurrency /],
    ['{"model":" "}', /^model /],
    ['{"maxRetry":1}', /maxRetry/],
    ['{"score":1}', /^score must be a function/],
  ])('refuses the options %s, as CohereModule does', (json, title) => {
    const options: CohereTestingOptions = JSON.parse(json);
    const create = () => new CohereTestingController(options);
    expect(create).toThrow(ConfigurationError);
    expect(create).toThrow(title);
  });

  it('refuses a code that does not exist', () => {
    const code: DiagnosisCode = JSON.parse('"COHERE_API_KEY_EXPRIED"');
    expect(() => new CohereTestingController().failNext(code)).toThrow(
      /^failNext\(\) takes one of COHERE_/,
    );
  });

  it('reads no environment', async () => {
    vi.stubEnv('COHERE_RERANK_MODEL', 'rerank-from-env');
    expect((await new CohereTestingController().rerank.rerank(QUERY)).model).toBe(
      'rerank-v5.0-fast',
    );
  });
});
