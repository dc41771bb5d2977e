import { setMaxListeners } from 'node:events';
import { createCache } from 'cache-manager';
import { Keyv } from 'keyv';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ScoreStore } from '../../../lib/config/shared-stores.js';
import { ScoreCache, type ScoredQuery } from '../../../lib/rerank/score-cache.js';
import { failureOf } from '../../support/rerank-over.js';

const QUERY: ScoredQuery = { model: 'rerank-v5.0-fast', query: 'what is a fleet?' };
const never = new AbortController().signal;
setMaxListeners(0, never);

/** The score of a text, the same each time. */
function scoreOf(text: string): number {
  return (text.length % 10) / 10;
}

/** What the store holds once the text "a" has the score 0.7 for that query. */
const ENTRY = '[[9999999999999,"ypeBEsobvcr6wjGzmiPcTa",[0.7]]]';

/** Stands in for the calls to Cohere, and remembers what it was asked. */
class Scorer {
  readonly asked: (readonly string[])[] = [];

  readonly ask = (texts: readonly string[]): Promise<readonly number[]> => {
    this.asked.push(texts);
    return Promise.resolve(texts.map(scoreOf));
  };
}

function cacheOver(store: ScoreStore = createCache(), deployment = 'https://api.cohere.com') {
  const warnings: string[] = [];
  const cache = new ScoreCache({
    store,
    ttlMs: 60_000,
    deployment,
    warn: (message) => warnings.push(message),
  });
  const scorer = new Scorer();
  const lookUp = (texts: readonly string[], query: ScoredQuery = QUERY) =>
    cache.lookUp({ query, texts, signal: never, ask: scorer.ask });
  return { cache, scorer, lookUp, warnings, store };
}

function numbered(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, place) => `document ${from + place}`);
}

/** A cache that counts the keys of each read and write. */
function countingCache() {
  const store = createCache();
  const counts = { read: [0].slice(1), written: [0].slice(1) };
  const cache = cacheOver({
    mget: (keys) => {
      counts.read.push(keys.length);
      return store.mget(keys);
    },
    mset: (list) => {
      counts.written.push(list.length);
      return store.mset(list);
    },
  });
  return { ...cache, counts };
}

const refused = () => Promise.reject(new Error('connect ECONNREFUSED 127.0.0.1:6379'));

/** Lets what runs in the background of a memory store come to its end. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

afterEach(() => {
  vi.useRealTimers();
});

describe('the score cache', () => {
  it('asks only for documents it does not know', async () => {
    const { lookUp, scorer } = cacheOver();
    expect(await lookUp(['a', 'bb', 'ccc'])).toEqual({ scores: [0.1, 0.2, 0.3], cached: 0 });
    await settle();
    expect(await lookUp(['ccc', 'dddd', 'a'])).toEqual({ scores: [0.3, 0.4, 0.1], cached: 2 });
    await settle();
    expect(await lookUp(['bb', 'dddd'])).toEqual({ scores: [0.2, 0.4], cached: 2 });
    expect(scorer.asked).toEqual([['a', 'bb', 'ccc'], ['dddd']]);
  });

  it('asks once for a text that is there twice', async () => {
    const { lookUp, scorer } = cacheOver();
    expect(await lookUp(['a', 'bb', 'a'])).toEqual({ scores: [0.1, 0.2, 0.1], cached: 1 });
    expect(scorer.asked).toEqual([['a', 'bb']]);
  });

  it('tells a score of 0 from no score', async () => {
    const { lookUp, scorer } = cacheOver();
    await lookUp(['0123456789']);
    await settle();
    expect(await lookUp(['0123456789'])).toEqual({ scores: [0], cached: 1 });
    expect(scorer.asked).toHaveLength(1);
  });

  it.each<[string, ScoredQuery]>([
    ['model', { ...QUERY, model: 'rerank-v4.0-pro' }],
    ['query', { ...QUERY, query: 'what is a fleet' }],
    ['maxTokensPerDoc', { ...QUERY, maxTokensPerDoc: 4_096 }],
  ])('keeps scores of another %s apart', async (_, other) => {
    const { lookUp } = cacheOver();
    await lookUp(['a']);
    await settle();
    expect(await lookUp(['a'], other)).toMatchObject({ cached: 0 });
  });

  it('keeps scores of another deployment apart, also in one store', async () => {
    const store = createCache();
    await cacheOver(store).lookUp(['a']);
    await settle();
    expect(await cacheOver(store, 'https://cohere.example').lookUp(['a'])).toMatchObject({
      cached: 0,
    });
    expect(await cacheOver(store).lookUp(['a'])).toMatchObject({ cached: 1 });
  });

  it('keeps texts apart whose characters UTF-8 has no bytes for', async () => {
    const { lookUp } = cacheOver();
    await lookUp(['\ud800']);
    await settle();
    expect(await lookUp(['\ud801', '\ufffd', '"\\ud800"'])).toMatchObject({ cached: 0 });
    expect(await lookUp(['\ud800'])).toMatchObject({ cached: 1 });
  });

  it('stores hashes and scores, nothing of query or documents', async () => {
    const stored: { key: string; value: unknown; ttl?: number }[] = [];
    const { lookUp } = cacheOver({
      mget: (keys) => Promise.resolve(keys.map(() => undefined)),
      mset: (list) => Promise.resolve(stored.push(...list)),
    });
    await lookUp(['the secret plan', 'another secret']);
    expect(stored).toHaveLength(1);
    const [entry] = stored;
    expect(entry?.key).toMatch(/^nestjs-cohere:scores:[0-9a-f]{64}$/);
    expect(entry?.value).toMatch(/^\[\[\d{13},"[\w-]{44}",\[0\.5,0\.4\]\]\]$/);
    expect(entry?.ttl).toBe(60_000);
  });

  it('costs the store one question and one answer, however many documents there are', async () => {
    const { lookUp, counts } = countingCache();
    await lookUp(numbered(0, 1_000));
    await settle();
    await lookUp(numbered(100, 1_000));
    expect(counts).toEqual({ read: [1, 1], written: [1, 1] });
  });

  it('keeps a score no longer than ttlMs, also where others of its query come later', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    const { lookUp } = cacheOver();
    await lookUp(['a']);
    await settle();
    vi.advanceTimersByTime(40_000);
    expect(await lookUp(['a', 'bb'])).toMatchObject({ cached: 1 });
    await settle();
    vi.advanceTimersByTime(30_000);
    expect(await lookUp(['a', 'bb'])).toEqual({ scores: [0.1, 0.2], cached: 1 });
  });

  it('spreads the scores of a query with very many documents over entries of a bounded size', async () => {
    const sizes: number[] = [];
    const store = createCache();
    const { lookUp } = cacheOver({
      mget: (keys) => store.mget(keys),
      mset: (list) => {
        sizes.push(...list.map(({ value }) => String(value).length));
        return store.mset(list);
      },
    });
    await lookUp(numbered(0, 3_000));
    await settle();
    expect(sizes).toHaveLength(1);
    expect(await lookUp(numbered(2_000, 100_000))).toMatchObject({ cached: 1_000 });
    await settle();
    expect(sizes).toHaveLength(1 + 1 + 64);
    expect(Math.max(...sizes)).toBeLessThan(200_000);

    const again = await lookUp(numbered(0, 102_010));
    expect(again.cached).toBe(102_000);
    expect(again.scores).toEqual(numbered(0, 102_010).map(scoreOf));
    await settle();
    expect(await lookUp(numbered(102_000, 10))).toMatchObject({ cached: 10 });
  });

  it('forgets the oldest scores where even a spread entry is full', async () => {
    const sizes: number[] = [];
    const store = createCache();
    const { lookUp } = cacheOver({
      mget: (keys) => store.mget(keys),
      mset: (list) => {
        sizes.push(...list.map(({ value }) => String(value).length));
        return store.mset(list);
      },
    });
    await lookUp(numbered(0, 150_000));
    await settle();
    await lookUp(numbered(150_000, 150_000));
    await settle();
    expect(Math.max(...sizes)).toBeLessThan(200_000);
    expect(await lookUp(numbered(290_000, 10_000))).toMatchObject({ cached: 10_000 });
    const { cached } = await lookUp(numbered(0, 1_000));
    expect(cached).toBeLessThan(1_000);
  });
});

describe('concurrent calls', () => {
  it('ask once for the documents they share', async () => {
    const { lookUp, scorer } = cacheOver();
    const found = await Promise.all([
      lookUp(['a', 'bb']),
      lookUp(['bb', 'a']),
      lookUp(['bb', 'ccc']),
    ]);
    expect(found.map(({ scores }) => scores)).toEqual([
      [0.1, 0.2],
      [0.2, 0.1],
      [0.2, 0.3],
    ]);
    expect(found.map(({ cached }) => cached)).toEqual([0, 2, 1]);
    expect(scorer.asked).toEqual([['a', 'bb'], ['ccc']]);
  });

  it('ask once also where the store has not written the scores yet', async () => {
    const writes: (() => void)[] = [];
    const { lookUp, scorer } = cacheOver({
      mget: (keys) => Promise.resolve(keys.map(() => undefined)),
      mset: () => new Promise<void>((resolve) => writes.push(resolve)),
    });
    await lookUp(['a']);
    expect(await lookUp(['a'])).toMatchObject({ cached: 1 });
    for (const write of writes) {
      write();
    }
    await settle();
    // The store says that it has nothing, and nothing is remembered here.
    expect(await lookUp(['a'])).toMatchObject({ cached: 0 });
    expect(scorer.asked).toHaveLength(2);
  });

  it('that joined a failed or aborted one ask for themselves', async () => {
    const { cache, lookUp, scorer } = cacheOver();
    const failing = cache.lookUp({
      query: QUERY,
      texts: ['a', 'bb'],
      signal: never,
      ask: () => settle().then(() => Promise.reject(new Error('aborted by its caller'))),
    });
    await Promise.resolve();
    const joined = [lookUp(['a']), lookUp(['a', 'bb']), lookUp(['bb'])];
    expect(await failureOf(failing)).toMatchObject({ message: 'aborted by its caller' });
    expect((await Promise.all(joined)).map(({ scores }) => scores)).toEqual([
      [0.1],
      [0.1, 0.2],
      [0.2],
    ]);
    expect(scorer.asked).toEqual([['a'], ['bb']]);
  });

  it('do not wait for the failures of others one after another', async () => {
    const { cache } = cacheOver();
    let turns = 0;
    const calls = Array.from({ length: 20 }, () =>
      failureOf(
        cache.lookUp({
          query: QUERY,
          texts: ['a'],
          signal: never,
          ask: async () => {
            await settle();
            turns += 1;
            throw new Error('Cohere is down');
          },
        }),
      ),
    );
    let rounds = 0;
    const all = Promise.all(calls).then(() => true);
    while (!(await Promise.race([all, settle()]))) {
      rounds += 1;
    }
    expect(turns).toBe(20);
    expect(rounds).toBeLessThan(10);
  });

  it('that join another stop waiting when they are aborted', async () => {
    const { cache, lookUp } = cacheOver();
    const questions: ((scores: readonly number[]) => void)[] = [];
    const first = cache.lookUp({
      query: QUERY,
      texts: ['a'],
      signal: never,
      ask: () => new Promise((resolve) => questions.push(resolve)),
    });
    await settle();
    const controller = new AbortController();
    const second = cache.lookUp({
      query: QUERY,
      texts: ['a'],
      signal: controller.signal,
      ask: () => Promise.reject(new Error('it must not ask')),
    });
    await settle();
    controller.abort('gone');
    expect(await failureOf(second)).toBe('gone');
    questions[0]?.([0.7]);
    expect(await first).toEqual({ scores: [0.7], cached: 0 });
    expect(await lookUp(['a'])).toMatchObject({ scores: [0.7] });
  });

  it('do not take away what another of them stored', async () => {
    const { cache, lookUp } = cacheOver();
    const answers: (() => void)[] = [];
    const later = (texts: readonly string[]) =>
      cache.lookUp({
        query: QUERY,
        texts,
        signal: never,
        ask: (asked) => new Promise((resolve) => answers.push(() => resolve(asked.map(scoreOf)))),
      });
    const calls = [later(['a', 'bb']), later(['ccc']), later(['bb', 'dddd'])];
    await settle();
    for (const answer of answers) {
      answer();
      // oxlint-disable-next-line no-await-in-loop
      await settle();
    }
    await Promise.all(calls);
    await settle();
    expect(await lookUp(['a', 'bb', 'ccc', 'dddd'])).toMatchObject({ cached: 4 });
  });

  it('never wait for each other in a circle', async () => {
    const { lookUp } = cacheOver();
    const found = await Promise.all([lookUp(['a', 'bb']), lookUp(['bb', 'ccc', 'a'])]);
    expect(found.map(({ scores }) => scores)).toEqual([
      [0.1, 0.2],
      [0.2, 0.3, 0.1],
    ]);
  });
});

describe('a store', () => {
  it('that fails is one warning, and every document is sent', async () => {
    const { lookUp, scorer, warnings } = cacheOver({ mget: refused, mset: refused });
    expect(await lookUp(['a'])).toEqual({ scores: [0.1], cached: 0 });
    await settle();
    expect(await lookUp(['a'])).toEqual({ scores: [0.1], cached: 0 });
    expect(scorer.asked).toEqual([['a'], ['a']]);
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
    const { lookUp, warnings } = cacheOver(createCache({ stores: [keyv] }));
    expect(await lookUp(['a'])).toEqual({ scores: [0.1], cached: 0 });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('the disk is full');
  });

  it('that never answers holds calls for half a second, and then none for five', async () => {
    vi.useFakeTimers();
    let asked = 0;
    const hang = () => {
      asked += 1;
      return new Promise<never>(() => undefined);
    };
    const { lookUp, warnings } = cacheOver({ mget: hang, mset: hang });
    const first = lookUp(['a']);
    await vi.advanceTimersByTimeAsync(501);
    expect(await first).toEqual({ scores: [0.1], cached: 0 });
    expect(await lookUp(['a'])).toEqual({ scores: [0.1], cached: 0 });
    expect(asked).toBe(1);
    expect(warnings).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each<[string, unknown]>([
    ['a score of another program', [0.5]],
    ['a text', ['0.5']],
    ['half an entry', [ENTRY.slice(0, -7)]],
    ['an entry that lacks a score', [ENTRY.replace('[0.7]', '[]')]],
    ['more than 1', [ENTRY.replace('0.7', '1.5')]],
    ['less than 0', [ENTRY.replace('0.7', '-0.1')]],
    ['no number', [ENTRY.replace('0.7', '"0.7"')]],
    ['a digest too short', [ENTRY.replace('ypeBEsobvcr6wjGzmiPcTa', 'ypeBEsobvcr6wjGz')]],
    ['no time', [ENTRY.replace('9999999999999', 'null')]],
    ['a time without end', [ENTRY.replace('9999999999999', '1e999')]],
    ['an object', [{ score: 0.5 }]],
    ['too few values', []],
    ['no array', 'OK'],
    ['nothing at all', undefined],
  ])('that answers %s is not believed', async (_, answer) => {
    const { lookUp, warnings } = cacheOver({
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a store must not do
      mget: () => Promise.resolve(answer as unknown[]),
      mset: () => Promise.resolve(),
    });
    expect(await lookUp(['a'])).toEqual({ scores: [0.1], cached: 0 });
    expect(warnings).toHaveLength(1);
  });

  it('that answers a whole entry is believed', async () => {
    const { lookUp, warnings } = cacheOver({
      mget: () => Promise.resolve([ENTRY]),
      mset: () => Promise.resolve(),
    });
    expect(await lookUp(['a'])).toEqual({ scores: [0.7], cached: 1 });
    expect(warnings).toEqual([]);
  });

  it('that kept an entry for too long is not believed', async () => {
    const { lookUp, warnings } = cacheOver({
      mget: () => Promise.resolve([ENTRY.replace('9999999999999', '1700000000000')]),
      mset: () => Promise.resolve(),
    });
    expect(await lookUp(['a'])).toEqual({ scores: [0.1], cached: 0 });
    expect(warnings).toEqual([]);
  });

  it('that could not be read is not written to: it may hold more', async () => {
    const mset = vi.fn<ScoreStore['mset']>(() => Promise.resolve());
    const { lookUp } = cacheOver({ mget: refused, mset });
    await lookUp(['a']);
    await settle();
    expect(mset).not.toHaveBeenCalled();
  });

  it('that answers null for a miss is believed', async () => {
    const { lookUp, warnings } = cacheOver({
      mget: (keys) => Promise.resolve(keys.map(() => null)),
      mset: () => Promise.resolve(),
    });
    expect(await lookUp(['a'])).toMatchObject({ cached: 0 });
    expect(warnings).toEqual([]);
  });

  it('is not given a score that it would not be believed for', async () => {
    const stored: unknown[] = [];
    const { cache } = cacheOver({
      mget: (keys) => Promise.resolve(keys.map(() => undefined)),
      mset: (list) => Promise.resolve(stored.push(...list.map(({ value }) => value))),
    });
    const found = await cache.lookUp({
      query: QUERY,
      texts: ['a', 'bb'],
      signal: never,
      ask: () => Promise.resolve([-3.2, 0.5]),
    });
    expect(found.scores).toEqual([-3.2, 0.5]);
    expect(stored).toEqual([expect.stringMatching(/^\[\[\d{13},"[\w-]{22}",\[0\.5\]\]\]$/)]);
  });

  it('that many modules share has one listener', () => {
    const store = createCache();
    const on = vi.spyOn(store, 'on');
    for (let count = 0; count < 20; count += 1) {
      cacheOver(store);
    }
    expect(on).toHaveBeenCalledTimes(1);
  });
});
