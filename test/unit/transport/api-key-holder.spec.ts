import { describe, expect, it, onTestFinished } from 'vitest';
import { createDiagnosis } from '../../../lib/diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../../../lib/diagnosis/diagnosis.interface.js';
import { ApiKeyHolder, type ApiKeyHolderOptions } from '../../../lib/transport/api-key-holder.js';
import type { KeyUse } from '../../../lib/transport/call-keys.js';
import { CallScope, OpenCalls } from '../../../lib/transport/call-scope.js';
import type { KeyStatus } from '../../../lib/transport/key-facts.js';
import { failureOf, FakeKeySource } from '../../support/rerank-over.js';
import { Secret } from '../../../lib/config/api-key/secret.js';
import { AuthenticationError } from '../../../lib/diagnosis/errors.js';

const OLD = 'old-key-0123456789abcdefghijABCDEFGHIJ01';
const NEW = 'new-key-0123456789abcdefghijABCDEFGHIJ01';
const REJECTED = createDiagnosis('COHERE_API_KEY_REJECTED', { detail: '401.' });
const QUOTA = createDiagnosis('COHERE_QUOTA_EXHAUSTED', { detail: '429.' });
const UNREADABLE = createDiagnosis('COHERE_API_KEY_FILE_UNREADABLE', { detail: '/run/key; gone' });

type Verdict = KeyStatus['verdict'];

interface Hold extends Partial<ApiKeyHolderOptions> {
  readonly source?: FakeKeySource;
  /** Answers to the questions about a key, the last one for good. */
  readonly verdicts?: readonly Verdict[];
}

function hold({ source = new FakeKeySource(OLD), verdicts = ['rejected'], ...options }: Hold = {}) {
  const clock = { now: 1_000 };
  const told: string[] = [];
  const asked: string[] = [];
  const left = [...verdicts];
  const keys = new ApiKeyHolder(source, new Secret(OLD), {
    recheck: async (key) => {
      asked.push(key.reveal());
      await new Promise(setImmediate);
      return { verdict: (left.length > 1 ? left.shift() : left[0]) ?? 'undetermined' };
    },
    report: {
      failed: ({ code, detail }) => told.push(`failed ${code} ${detail}`),
      recovered: ({ code }, key) => told.push(`recovered ${code} ${key}`),
      warn: (message) => told.push(`warn ${message}`),
    },
    now: () => clock.now,
    ...options,
  });
  const scope = new CallScope(new OpenCalls(), { timeoutMs: 5_000 });
  onTestFinished(() => scope.close());
  const newUse = (): KeyUse => keys.use(true);
  /** Takes the key for an attempt. */
  const take = async (use = newUse()) => {
    await use.prepare();
    return use.take();
  };
  /** Requests in flight that were sent with the old key. */
  const inFlight = Array.from({ length: 256 }, newUse);
  for (const use of inFlight) {
    use.take();
  }
  const oneInFlight = (): KeyUse => inFlight.pop() ?? newUse();
  /** Refuses one attempt of a request. @returns the diagnosis it fails with, or `again` */
  const refuse = async (use = oneInFlight(), diagnosis = REJECTED): Promise<Diagnosis | 'again'> =>
    (await use.fail(diagnosis, scope)) ?? 'again';
  const old = new Secret(OLD);
  return { source, clock, old, keys, told, asked, refuse, take, newUse, oneInFlight };
}

/** A source, such as a function of the app, that shows a change only when it is read. */
class OpaqueSource extends FakeKeySource {
  readonly isOpaque = true;
  /** The reading from which on it holds the new key. */
  changesAt = Infinity;

  override read(): Promise<Secret> {
    this.value = this.reads + 1 < this.changesAt ? OLD : NEW;
    return super.read();
  }
}

const revealed = ({ current }: ApiKeyHolder) => current?.reveal();

describe('a refused key', () => {
  it('counts as refused once Cohere confirms it, and is then taken by no request', async () => {
    const { keys, refuse, take, asked } = hold();
    expect(await refuse()).toBe(REJECTED);
    expect(asked).toEqual([OLD]);
    expect(keys.rejection).toBe(REJECTED);
    expect(await failureOf(take())).toMatchObject({ code: 'COHERE_API_KEY_REJECTED' });
  });

  it('is rechecked by one request every five seconds', async () => {
    const { keys, refuse, take, clock, asked } = hold();
    await refuse();
    clock.now += 4_999;
    await failureOf(take());
    expect(asked).toHaveLength(1);
    clock.now += 1;
    await Promise.allSettled([take(), take()]);
    expect(asked).toHaveLength(2);
    expect(keys.rejection).toBe(REJECTED);
  });

  it.each<Verdict>(['rejected', 'undetermined'])(
    'is replaced by a key that its source got during a recheck that ends %s',
    async (verdict) => {
      const { refuse, take, newUse, clock, source } = hold({ verdicts: ['rejected', verdict] });
      await refuse();
      clock.now += 5_000;
      const use = newUse();
      const taking = take(use);
      // The look at the source comes first.
      await new Promise(setImmediate);
      source.value = NEW;
      await taking;
      const decided = verdict === 'undetermined' ? await refuse(use) : 'again';
      expect(decided).toBe('again');
      expect((await take())?.reveal()).toBe(NEW);
    },
  );

  it('is replaced for a request that was under way when it was refused, and its source rotated', async () => {
    const { refuse, take, clock, source } = hold();
    await refuse();
    clock.now += 1_000;
    source.value = NEW;
    expect(await refuse()).toBe('again');
    expect((await take())?.reveal()).toBe(NEW);
  });

  it('is accepted again with the first 2xx', async () => {
    const { refuse, take, clock } = hold({ verdicts: ['rejected', 'valid'] });
    await refuse();
    clock.now += 5_000;
    await take();
    expect((await take())?.reveal()).toBe(OLD);
  });

  it('is rechecked by one request if Cohere cannot be reached', async () => {
    const { refuse, take, newUse, clock } = hold({ verdicts: ['rejected', 'undetermined'] });
    await refuse();
    clock.now += 5_000;
    const recheck = newUse();
    expect((await take(recheck))?.reveal()).toBe(OLD);
    expect(recheck.take()?.reveal()).toBe(OLD);
    await expect(take()).rejects.toThrow('rejected');
  });

  it.each<Verdict>(['valid', 'undetermined'])(
    'is sent once more if the recheck says %s',
    async (verdict) => {
      const { keys, refuse } = hold({ verdicts: [verdict] });
      expect(await refuse()).toBe('again');
      expect(keys.rejection).toBeUndefined();
    },
  );

  it('counts as refused with the second refusal of a request if the recheck is undetermined', async () => {
    const { keys, refuse, oneInFlight, asked } = hold({ verdicts: ['undetermined'] });
    const request = oneInFlight();
    expect(await refuse(request)).toBe('again');
    expect(await refuse(request)).toBe(REJECTED);
    expect(keys.rejection).toBe(REJECTED);
    expect(asked).toHaveLength(1);
  });

  it('counts as refused with a second refusal also while another request rechecks its first', async () => {
    const { keys, refuse, oneInFlight } = hold({ verdicts: ['undetermined'] });
    const use = oneInFlight();
    expect(await refuse(use)).toBe('again');
    const [other, confirmed] = await Promise.all([refuse(), refuse(use)]);
    expect(other).toBe('again');
    expect(confirmed).toBe(REJECTED);
    expect(keys.rejection).toBe(REJECTED);
  });

  it('never counts as refused while Cohere calls it valid', async () => {
    const { keys, refuse, oneInFlight } = hold({ verdicts: ['valid'] });
    const request = oneInFlight();
    await refuse(request);
    expect(await refuse(request)).toBe(REJECTED);
    expect(keys.rejection).toBeUndefined();
  });

  it('is confirmed once, and its source read once, for any number of refused calls', async () => {
    const { refuse, asked, source } = hold();
    await Promise.all(Array.from({ length: 200 }, () => refuse()));
    expect(asked).toHaveLength(1);
    expect(source.reads).toBe(1);
  });

  it('is replaced when its source holds another by now', async () => {
    const { keys, source, refuse, asked } = hold();
    source.value = NEW;
    expect(await refuse()).toBe('again');
    expect(asked).toEqual([]);
    expect(revealed(keys)).toBe(NEW);
    expect(keys.rejection).toBeUndefined();
  });

  it('is not read again by a call that comes late, after it was replaced', async () => {
    const { source, refuse } = hold();
    source.value = NEW;
    await refuse();
    expect(await refuse()).toBe('again');
    expect(source.reads).toBe(1);
  });

  it.each<Verdict>(['rejected', 'valid', 'undetermined'])(
    'does not count if it was replaced during the recheck: %s',
    async (verdict) => {
      const held = hold({
        recheck: async () => {
          held.source.value = NEW;
          await held.keys.reload();
          return { verdict };
        },
      });
      expect(await held.refuse()).toBe('again');
      expect(held.keys.rejection).toBeUndefined();
    },
  );

  it('is read a few times more if its source still returns the old one', async () => {
    const source = new OpaqueSource(OLD);
    const { keys, refuse } = hold({ source });
    source.changesAt = 3;
    expect(await refuse()).toBe('again');
    expect(revealed(keys)).toBe(NEW);
    expect(source.reads).toBe(3);
  });

  it('counts as refused once such a source has returned it four times', async () => {
    const source = new OpaqueSource(OLD);
    const { refuse } = hold({ source });
    expect(await refuse()).toBe(REJECTED);
    expect(source.reads).toBe(4);
  });

  it('counts at once, and is not remembered, if a test scripts each call', async () => {
    const { keys, refuse, asked } = hold({ trustsFirst401: true });
    expect(await refuse()).toBe(REJECTED);
    expect(asked).toEqual([]);
    expect(keys.rejection).toBeUndefined();
  });

  it('stays in use, and refused, when its source cannot be read', async () => {
    const { keys, source, refuse } = hold();
    source.value = new Error('gone');
    expect(await refuse()).toBe(REJECTED);
    expect(revealed(keys)).toBe(OLD);
    expect(keys.rejection).toBe(REJECTED);
  });

  it('is no longer refused once another is in use, nor when Cohere accepts it after all', async () => {
    const { keys, source, refuse, old } = hold();
    await refuse();
    keys.accept(new Secret(NEW));
    expect(keys.rejection).toBe(REJECTED);
    keys.accept(old);
    expect(keys.rejection).toBeUndefined();
    await refuse();
    source.value = NEW;
    await keys.reload();
    expect(keys.rejection).toBeUndefined();
  });
});

describe('the operator', () => {
  it('logs once that a key is refused, and once that calls work again', async () => {
    const { keys, refuse, told, old } = hold();
    await refuse();
    await refuse();
    expect(told).toEqual(['failed COHERE_API_KEY_REJECTED 401.']);
    keys.accept(old);
    keys.accept(old);
    expect(told).toEqual([
      'failed COHERE_API_KEY_REJECTED 401.',
      expect.stringMatching(
        /^recovered COHERE_API_KEY_REJECTED COHERE_API_KEY, 40 characters, sha/,
      ),
    ]);
  });

  it('reports a recovery once the replacement of the refused key is accepted', async () => {
    const { keys, refuse, told, source } = hold();
    await refuse();
    source.value = NEW;
    await keys.reload();
    expect(told).toHaveLength(1);
    keys.accept(new Secret(NEW));
    expect(told[1]).toContain(new Secret(NEW).fingerprint);
  });

  it('does not report an unconfirmed refusal', async () => {
    const { refuse, told } = hold({ verdicts: ['valid'] });
    await refuse();
    expect(told).toEqual([]);
  });

  it('does not report a recovery because a check finds the key valid while the quota is spent', async () => {
    const { keys, refuse, told, old } = hold();
    await refuse(undefined, QUOTA);
    keys.confirm(old);
    expect(told).toHaveLength(1);
    keys.accept(old);
    expect(told).toHaveLength(2);
  });

  it('reports a spent quota, without a verdict on the key', async () => {
    const { keys, refuse, told } = hold();
    expect(await refuse(undefined, QUOTA)).toBe(QUOTA);
    await refuse(undefined, QUOTA);
    expect(told).toEqual(['failed COHERE_QUOTA_EXHAUSTED 429.']);
    expect(keys.rejection).toBeUndefined();
  });
});

const holdUnusable = () => {
  const held = hold();
  held.source.value = new AuthenticationError(UNREADABLE);
  held.source.changed = true;
  return held;
};

describe('a rotated key that cannot be used', () => {
  it('leaves the old one in use, and is one warning with the cause', async () => {
    const { keys, clock, told } = holdUnusable();
    for (let look = 0; look < 3; look += 1) {
      clock.now += 1_000;
      // oxlint-disable-next-line no-await-in-loop -- one look after another
      await keys.look();
    }
    expect(revealed(keys)).toBe(OLD);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(`${UNREADABLE.title} /run/key; gone.`);
    expect(told[0]).toContain('stays in use');
    expect(told[0]).toContain(UNREADABLE.fix[0]);
  });

  it('is a whole sentence also where nothing but the title is known', async () => {
    const { keys, source, told } = hold();
    source.value = new AuthenticationError(
      createDiagnosis('COHERE_API_KEY_MISSING', { detail: '', key: '.env:3, 0 characters' }),
    );
    await failureOf(keys.reload());
    expect(told[0]).toMatch(
      /used: COHERE_API_KEY_MISSING [^.]+\. Found: \.env:3, 0 characters\. COHERE_API_KEY \(/,
    );
  });

  it('is a warning again after it could be used meanwhile', async () => {
    const { keys, source, told } = holdUnusable();
    await failureOf(keys.reload());
    source.value = OLD;
    await keys.reload();
    source.value = new AuthenticationError(UNREADABLE);
    await failureOf(keys.reload());
    expect(told).toHaveLength(2);
  });

  it('is a part of what calls fail with, also where the old key was refused before', async () => {
    const { keys, refuse, take, source } = hold();
    await refuse();
    source.value = new AuthenticationError(UNREADABLE);
    await failureOf(keys.reload());
    expect(await failureOf(take())).toMatchObject({
      diagnosis: { detail: expect.stringContaining('/run/key; gone') },
    });
  });

  it('is a part of the diagnosis, and its fix comes first, if the old key is refused', async () => {
    const { refuse } = holdUnusable();
    const diagnosis = await refuse();
    expect(diagnosis).toMatchObject({
      code: 'COHERE_API_KEY_REJECTED',
      detail: expect.stringMatching(/^401\. .*cannot be used: .*\/run\/key; gone\.$/),
      fix: [...UNREADABLE.fix, ...REJECTED.fix],
    });
  });
});

const holdRotated = (organizationId: string | undefined) => {
  const status: KeyStatus =
    organizationId === undefined
      ? { verdict: 'undetermined' }
      : { verdict: 'valid', organizationId };
  const held = hold({ organizationId: 'org-production', recheck: () => Promise.resolve(status) });
  held.source.value = NEW;
  held.source.changed = true;
  held.clock.now += 1_000;
  return held;
};

describe('a rotated key of another organization', () => {
  it('is not taken, and one warning names both organizations', async () => {
    const { keys, told } = holdRotated('org-staging');
    await keys.look();
    expect(revealed(keys)).toBe(OLD);
    expect(told).toEqual([
      expect.stringMatching(/WRONG_ORGANIZATION .*org-staging.*org-production/),
    ]);
  });

  it.each([
    ['belongs to the same one', 'ORG-production'],
    ['has none that is told', undefined],
  ])('is taken where it %s', async (_, organizationId) => {
    const { keys, told } = holdRotated(organizationId);
    await keys.look();
    expect(revealed(keys)).toBe(NEW);
    expect(told).toEqual([]);
  });
});

describe('a trial key', () => {
  const TRIAL = { 'x-trial-endpoint-call-limit': '10', 'x-endpoint-monthly-call-limit': '1000' };

  it('is one warning with its limits, at the first response that carries them', () => {
    const { keys, told, old } = hold();
    keys.accept(old, {});
    expect(keys.isTrial).toBe(false);
    keys.accept(old, TRIAL);
    keys.accept(new Secret(OLD), TRIAL);
    expect(keys.isTrial).toBe(true);
    expect(told).toEqual([
      expect.stringMatching(/is a trial key, limited to 10 calls a minute and 1000 calls a month/),
    ]);
  });

  it.each([
    { 'x-trial-endpoint-call-limit': '10\u001b[2J' },
    { 'x-trial-endpoint-call-limit': '' },
    { 'x-trial-endpoint-call-limit': ['1', '2'] },
    { 'x-trial-endpoint-call-remaining': '9' },
  ])('is not inferred from other headers: %j', (headers) => {
    const { keys, told, old } = hold();
    keys.accept(old, headers);
    expect(keys.isTrial).toBe(false);
    expect(told).toEqual([]);
  });
});

it('a holder names its source, and knows whether its key was accepted', async () => {
  const { keys, old, source } = hold();
  expect(keys.name).toBe('COHERE_API_KEY');
  expect(keys.isAccepted).toBe(false);
  keys.accept(old);
  expect(keys.isAccepted).toBe(true);
  source.value = NEW;
  await keys.reload();
  expect(keys.isAccepted).toBe(false);
});

it('a holder without a key has none accepted', () => {
  const keys = new ApiKeyHolder(new FakeKeySource(undefined), undefined, {
    recheck: () => Promise.resolve({ verdict: 'undetermined' }),
  });
  keys.use(true).accept();
  expect(keys.isAccepted).toBe(false);
});

describe('reload', () => {
  it('reads the source now, and forgets that the key was refused', async () => {
    const { keys, refuse, source } = hold();
    await refuse();
    await keys.reload();
    expect(keys.rejection).toBeUndefined();
    expect(source.reads).toBe(2);
  });

  it('keeps the last good key when there is none, and logs why', async () => {
    const { keys, source } = hold();
    const missing = new AuthenticationError(
      createDiagnosis('COHERE_API_KEY_MISSING', { detail: 'empty' }),
    );
    source.value = missing;
    await expect(keys.reload()).rejects.toBe(missing);
    expect(revealed(keys)).toBe(OLD);
    source.value = NEW;
    await keys.reload();
    expect(revealed(keys)).toBe(NEW);
  });

  it('does not share a reading that began before it', async () => {
    const { keys, source, refuse } = hold();
    const early = refuse();
    source.value = NEW;
    await Promise.all([early, keys.reload()]);
    expect(source.reads).toBe(2);
    expect(revealed(keys)).toBe(NEW);
  });
});

describe('a check of the source', () => {
  it('is taken at most once a second', async () => {
    const { keys, source, clock } = hold();
    source.value = NEW;
    source.changed = true;
    expect(keys.look()).toBeUndefined();
    clock.now += 999;
    expect(keys.look()).toBeUndefined();
    clock.now += 1;
    const looking = keys.look();
    expect(keys.look()).toBeUndefined();
    await looking;
    expect(revealed(keys)).toBe(NEW);
    expect(source.reads).toBe(1);
  });

  it('is taken again a second after the last', async () => {
    const { keys, source, clock } = hold();
    clock.now += 1_000;
    await keys.look();
    source.value = NEW;
    source.changed = true;
    clock.now += 1_000;
    await keys.look();
    expect(revealed(keys)).toBe(NEW);
  });

  it('never runs twice at once, no matter how long it takes', () => {
    const { keys, source, clock } = hold();
    source.mayHaveChanged = () => new Promise(() => undefined);
    clock.now += 1_000;
    expect(keys.look()).toBeInstanceOf(Promise);
    clock.now += 1_000;
    expect(keys.look()).toBeUndefined();
  });

  it('reads the source while the key is refused, and otherwise only where it may have changed', async () => {
    const { keys, clock, refuse, source } = hold();
    clock.now += 1_000;
    await keys.look();
    expect(source.reads).toBe(0);
    await refuse();
    source.value = NEW;
    clock.now += 1_000;
    await keys.look();
    expect(revealed(keys)).toBe(NEW);
  });

  it('keeps the last good key while the source holds none', async () => {
    const { keys, source, clock } = hold();
    source.value = new Error('half written');
    source.changed = true;
    clock.now += 5_000;
    await keys.look();
    expect(revealed(keys)).toBe(OLD);
  });
});
