import { createCache } from 'cache-manager';
import { Keyv } from 'keyv';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ScoreStore } from '../../../lib/config/shared-stores.js';
import { TimeoutError } from '../../../lib/diagnosis/errors.js';
import { digestOf } from '../../../lib/rerank/score-cache.js';
import { TENANT_KEY } from '../../support/keys.js';
import { failureOf, type RerankRig, rerankOver } from '../../support/rerank-over.js';
import { hang, json, ranking, StubCohere, unauthorized } from '../../support/stub-cohere.js';

const query = 'what is a fleet?';
const fails = () => Promise.reject(new Error('connect ECONNREFUSED 127.0.0.1:6379'));

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** The score of a text, the same each time: 0.1 for "a", 0.2 for "bb". */
const scoreOf = (text: string) => (text.length % 10) / 10;

function numbered(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, place) => `document ${from + place}`);
}

/** A service with a score cache whose key Cohere has accepted; `rank` sends texts, and tells what came of it. */
async function cached(store: ScoreStore = createCache(), settings = {}) {
  const warnings: string[] = [];
  const cohere = await StubCohere.start(ranking(scoreOf));
  const scoreCache = { store, ttlMs: 60_000 };
  const warn = (message: string) => warnings.push(message);
  const rig = rerankOver(cohere.url, { scoreCache, warn, maxRetries: 0, ...settings });
  await rig.service.rerank({ query: 'any', documents: ['any'], relevantSpans: true });
  const rank = async (documents: readonly string[], request = {}, { service }: Ranker = rig) => {
    const sent = cohere.documents.length;
    const { results, usage } = await service.rerank({ query, documents, ...request });
    await settle();
    return {
      scores: Object.fromEntries(results.map((result) => [result.document, result.relevanceScore])),
      cached: usage.cachedDocuments,
      sent: cohere.documents.slice(sent),
    };
  };
  return { ...rig, cohere, store, warnings, rank };
}

type Ranker = Pick<RerankRig, 'service'>;

/** A store that holds one value under each key. */
function holding(value: unknown) {
  const written: { key: string; value: unknown; ttl?: number }[] = [];
  const store: ScoreStore = {
    mget: (keys) => Promise.resolve(keys.map(() => value)),
    mset: (list) => Promise.resolve(written.push(...list)),
  };
  return { store, written };
}

const entry = (scores: unknown, expiresAt: unknown = Date.now() + 30_000) => ({
  expiresAt,
  scores,
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the score cache', () => {
  it('sends only unknown documents, and counts the others', async () => {
    const { rank } = await cached();
    expect(await rank(['a', 'bb', 'ccc'])).toEqual({
      scores: { a: 0.1, bb: 0.2, ccc: 0.3 },
      cached: 0,
      sent: [['a', 'bb', 'ccc']],
    });
    expect(await rank(['ccc', 'dddd', 'a'])).toEqual({
      scores: { dddd: 0.4, ccc: 0.3, a: 0.1 },
      cached: 2,
      sent: [['dddd']],
    });
    expect(await rank(['bb', 'dddd'])).toMatchObject({ cached: 2, sent: [] });
  });

  it('has a tenth of a second page sent that overlaps the first by 90 %, in even batches', async () => {
    const { rank } = await cached(createCache(), { maxDocumentsPerRequest: 60 });
    await rank(numbered(0, 200));
    const { cached: known, sent } = await rank(numbered(100, 180));
    expect(known).toBe(100);
    expect(sent.map(({ length }) => length)).toEqual([40, 40]);
  });

  it('distinguishes a score of 0 from no score', async () => {
    const { rank } = await cached();
    await rank(['0123456789']);
    expect(await rank(['0123456789'])).toMatchObject({ scores: { '0123456789': 0 }, cached: 1 });
  });

  it.each([
    ['model', { model: 'rerank-v4.0-pro' }],
    ['query', { query: 'what is a fleet' }],
    ['maxTokensPerDoc', { maxTokensPerDoc: 4_096 }],
  ])('keeps scores of another %s apart', async (_, other) => {
    const { rank } = await cached();
    await rank(['a']);
    expect(await rank(['a'], other)).toMatchObject({ cached: 0 });
  });

  it('keeps scores of another deployment apart, also in one store', async () => {
    const { rank, store } = await cached();
    await rank(['a']);
    expect(await (await cached(store)).rank(['a'])).toMatchObject({ cached: 0 });
    expect(await rank(['a'])).toMatchObject({ cached: 1 });
  });

  it('keeps texts with lone surrogates apart', async () => {
    const { rank } = await cached();
    await rank(['\ud800']);
    expect(await rank(['\ud801', '\ufffd', '"\\ud800"'])).toMatchObject({ cached: 0 });
    expect(await rank(['\ud800'])).toMatchObject({ cached: 1 });
  });

  it('requests every score, because a ranking cut at topN is useless for the next call', async () => {
    const { cohere, service, rank } = await cached();
    const { results } = await service.rerank({ query, documents: numbered(0, 9), topN: 2 });
    expect(results).toHaveLength(2);
    expect(JSON.parse(cohere.requests.at(-1)?.body ?? '')).not.toHaveProperty('top_n');
    await settle();
    expect(await rank(numbered(0, 9))).toMatchObject({ cached: 9, sent: [] });
  });

  it('is bypassed with relevantSpans, and by a call with very many documents, which sends topN', async () => {
    const { cohere, rank } = await cached();
    await rank(['a', 'bb'], { relevantSpans: true });
    expect(await rank(['a', 'bb'], { relevantSpans: true })).toEqual({
      scores: expect.anything(),
      cached: undefined,
      sent: [['a', 'bb']],
    });
    const many = numbered(0, 2_001);
    await rank(many, { topN: 3 });
    expect(await rank(many, { topN: 3 })).toMatchObject({ cached: undefined });
    expect(JSON.parse(cohere.requests.at(-1)?.body ?? '')).toMatchObject({ top_n: 3 });
  });

  it('without the option reports no cached documents', async () => {
    const cohere = await StubCohere.start(ranking());
    const { usage } = await rerankOver(cohere.url).service.rerank({ query, documents: ['a'] });
    expect(usage).not.toHaveProperty('cachedDocuments');
  });

  it('stores one plain value per query, of hashes and scores, nothing of query or documents', async () => {
    const { store, written } = holding(undefined);
    const { rank } = await cached(store);
    await rank(['the secret plan', 'another secret']);
    expect(written).toEqual([
      {
        key: expect.stringMatching(/^nestjs-cohere:scores:[0-9a-f]{64}$/),
        value: {
          expiresAt: expect.any(Number),
          scores: { [digestOf('the secret plan')]: 0.5, [digestOf('another secret')]: 0.4 },
        },
        ttl: expect.any(Number),
      },
    ]);
    const [{ value, ttl } = { value: undefined }] = written;
    expect(JSON.parse(JSON.stringify(value))).toEqual(value);
    expect(ttl).toBeGreaterThan(59_000);
    expect(ttl).toBeLessThanOrEqual(60_000);
  });

  it('keeps a score no longer than ttlMs, even if others of its query are added later', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { rank } = await cached();
    await rank(['a']);
    vi.setSystemTime(Date.now() + 40_000);
    expect(await rank(['a', 'bb'])).toMatchObject({ cached: 1 });
    vi.setSystemTime(Date.now() + 30_000);
    expect(await rank(['a', 'bb'])).toMatchObject({ cached: 0 });
  });

  it('keeps the last scores of a query if there are too many', async () => {
    const sizes: number[] = [];
    const store = createCache();
    const { rank } = await cached({
      mget: (keys) => store.mget(keys),
      mset: (list) => {
        sizes.push(...list.map(({ value }) => JSON.stringify(value).length));
        return store.mset(list);
      },
    });
    await rank(numbered(0, 1_500));
    await rank(numbered(1_500, 1_500));
    expect(Math.max(...sizes)).toBeLessThan(100_000);
    expect(await rank(numbered(1_500, 1_500))).toMatchObject({ cached: 1_500 });
  });
});

describe('a key', () => {
  it('that Cohere has not accepted is served nothing from the cache', async () => {
    const { cohere, store, rank } = await cached();
    await rank(['a']);
    const other = rerankOver(cohere.url, { scoreCache: { store, ttlMs: 60_000 } });
    expect(await rank(['a'], {}, other)).toMatchObject({ cached: 0, sent: [['a']] });
    expect(await rank(['a'], {}, other)).toMatchObject({ cached: 1, sent: [] });
  });

  it('that Cohere refuses is served nothing from the cache', async () => {
    const { cohere, service, rank } = await cached();
    await rank(['a']);
    cohere.keyCheck = json(200, { valid: false });
    cohere.script(unauthorized);
    await failureOf(service.rerank({ query, documents: ['unknown'] }));
    const error = await failureOf(service.rerank({ query, documents: ['a'] }));
    expect(error).toMatchObject({ code: 'COHERE_API_KEY_REJECTED' });
  });

  it('given to forKey does not share scores with others', async () => {
    const { service, rank } = await cached();
    await rank(['a']);
    const tenant = { service: service.forKey(TENANT_KEY) };
    await rank(['any'], {}, tenant);
    expect(await rank(['a'], {}, tenant)).toMatchObject({ cached: 0 });
    expect(await rank(['a'], {}, tenant)).toMatchObject({ cached: 1 });
    const neighbour = { service: service.forKey('nE'.repeat(20)) };
    await rank(['any'], {}, neighbour);
    expect(await rank(['a'], {}, neighbour)).toMatchObject({ cached: 0 });
    await rank(['bb'], {}, tenant);
    expect(await rank(['bb'])).toMatchObject({ cached: 0 });
  });
});

describe('a call', () => {
  it('keeps to its deadline and to its abort, also while the store hangs', async () => {
    const { cohere, service } = await cached({
      mget: () => new Promise(() => undefined),
      mset: () => Promise.resolve(),
    });
    const request = { query, documents: ['a'] };
    const late = await failureOf(service.rerank(request, { timeoutMs: 50 }));
    expect(late).toBeInstanceOf(TimeoutError);
    const reason = new Error('gone');
    const controller = new AbortController();
    const call = service.rerank(request, { signal: controller.signal });
    setImmediate(() => controller.abort(reason));
    expect(await failureOf(call)).toBe(reason);
    expect(cohere.requests).toHaveLength(1);
  });

  it('that fails leaves nothing behind: the next one asks again', async () => {
    const { cohere, service, rank } = await cached();
    cohere.script(json(400, { message: 'no' }), hang);
    await failureOf(service.rerank({ query, documents: ['a'] }));
    cohere.script(ranking(scoreOf));
    expect(await rank(['a'])).toMatchObject({ cached: 0 });
  });
});

describe('a store', () => {
  it('that fails is one warning, and every document is sent', async () => {
    const { rank, warnings } = await cached({ mget: fails, mset: fails });
    expect(await rank(['a'])).toMatchObject({ scores: { a: 0.1 }, cached: 0 });
    expect(await rank(['a'])).toMatchObject({ scores: { a: 0.1 }, cached: 0 });
    expect(warnings).toEqual([
      'scoreCache fails: connect ECONNREFUSED 127.0.0.1:6379. Documents are sent to Cohere without it until it works again.',
    ]);
  });

  it('behind cache-manager that fails is a warning too, though cache-manager hides it', async () => {
    class BrokenStore extends Map<string, unknown> {
      override get(): never {
        throw new Error('the disk is full');
      }
      getMany(): never {
        throw new Error('the disk is full');
      }
    }
    const keyv = new Keyv({ store: new BrokenStore() });
    keyv.on('error', () => undefined);
    const { rank, warnings } = await cached(createCache({ stores: [keyv] }));
    expect(await rank(['a'])).toMatchObject({ cached: 0 });
    expect(warnings).toEqual([expect.stringContaining('the disk is full')]);
  });

  it('that never answers delays one call, then none, and is one warning', async () => {
    let asked = 0;
    const never = () => {
      asked += 1;
      return new Promise<never>(() => undefined);
    };
    const { rank, warnings } = await cached({ mget: never, mset: never });
    expect(await rank(['a'])).toMatchObject({ scores: { a: 0.1 }, cached: 0 });
    expect(await rank(['a'])).toMatchObject({ scores: { a: 0.1 }, cached: 0 });
    expect(asked).toBe(1);
    expect(warnings).toHaveLength(1);
  });

  it('that cannot be read is not written to: it may hold more', async () => {
    const mset = vi.fn<ScoreStore['mset']>(() => Promise.resolve());
    const { rank } = await cached({ mget: fails, mset });
    await rank(['a']);
    expect(mset).not.toHaveBeenCalled();
  });

  it.each<[string, unknown]>([
    ['a score of another program', 0.5],
    ['a text', '0.5'],
    ['the entry of an older version', '[[9999999999999,"ypeBEsobvcr6wjGzmiPcTa",[0.7]]]'],
    ['an entry without scores', { expiresAt: Date.now() + 30_000 }],
    ['a list of scores', entry([0.7])],
    ['a score above 1', entry({ [digestOf('a')]: 1.5 })],
    ['a score below 0', entry({ [digestOf('a')]: -0.1 })],
    ['a score that is no number', entry({ [digestOf('a')]: '0.7' })],
    ['a score that is NaN', entry({ [digestOf('a')]: Number.NaN })],
    ['a score of another text that is null', entry({ [digestOf('a')]: 0.7, other: null })],
    ['no time', entry({ [digestOf('a')]: 0.7 }, null)],
  ])('with %s counts as empty, with one warning', async (_, value) => {
    const { rank, warnings } = await cached(holding(value).store);
    expect(await rank(['a'])).toMatchObject({ scores: { a: 0.1 }, cached: 0 });
    expect(warnings).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ['an expired entry', entry({ [digestOf('a')]: 0.7 }, Date.now() - 1)],
    ['an entry that never expires', entry({ [digestOf('a')]: 0.7 }, Number.MAX_SAFE_INTEGER)],
    ['null', null],
  ])('with %s counts as empty', async (_, value) => {
    const { rank, warnings } = await cached(holding(value).store);
    expect(await rank(['a'])).toMatchObject({ scores: { a: 0.1 }, cached: 0 });
    expect(warnings).toEqual([]);
  });

  it('with keys of a prototype gives no score for them', async () => {
    const scores: unknown = JSON.parse('{"__proto__":0.9,"constructor":0.9}');
    const { rank } = await cached(holding(entry(scores)).store);
    expect(await rank(['a'])).toMatchObject({ scores: { a: 0.1 }, cached: 0 });
  });

  it('with an entry gives its scores', async () => {
    const { rank } = await cached(holding(entry({ [digestOf('a')]: 0.7 })).store);
    expect(await rank(['a'])).toMatchObject({ scores: { a: 0.7 }, cached: 1, sent: [] });
  });

  it('gets no score outside 0 to 1, which would not be read back', async () => {
    const { store, written } = holding(undefined);
    const { cohere, rank } = await cached(store);
    cohere.script(ranking((text) => (text === 'a' ? -3.2 : 0.5)));
    expect(await rank(['a', 'bb'])).toMatchObject({ scores: { a: -3.2, bb: 0.5 } });
    expect(written.map(({ value }) => value)).toEqual([
      { expiresAt: expect.any(Number), scores: { [digestOf('bb')]: 0.5 } },
    ]);
  });
});
