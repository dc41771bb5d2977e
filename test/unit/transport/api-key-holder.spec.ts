import { describe, expect, it, vi } from 'vitest';
import { createDiagnosis } from '../../../lib/diagnosis/create-diagnosis.js';
import { ApiKeyHolder, type KeyAnswer } from '../../../lib/transport/api-key-holder.js';
import { FakeKeySource } from '../../support/rerank-over.js';
import { Secret } from '../../../lib/config/api-key/secret.js';
import { AuthenticationError } from '../../../lib/diagnosis/errors.js';

const OLD = 'old-key-0123456789abcdefghijABCDEFGHIJ01';
const NEW = 'new-key-0123456789abcdefghijABCDEFGHIJ01';
const REJECTED = createDiagnosis('COHERE_API_KEY_REJECTED', { detail: '401' });

function hold(source = new FakeKeySource(OLD)) {
  const clock = { now: 1_000 };
  const old = new Secret(OLD);
  return { source, clock, old, keys: new ApiKeyHolder(source, old, { now: () => clock.now }) };
}

/** A source, such as a function of the app, that shows a change only when it is read. */
class OpaquePlace extends FakeKeySource {
  readonly isOpaque = true;
  /** The reading from which on it holds the new key. */
  changesAt = Infinity;

  override read(): Promise<Secret> {
    this.value = this.reads + 1 < this.changesAt ? OLD : NEW;
    return super.read();
  }
}

const confirm = () => Promise.resolve<KeyAnswer>('refused');

const revealed = ({ current }: ApiKeyHolder) => current?.reveal();

describe('a refused key', () => {
  it('counts as refused once Cohere confirms it, and one caller every five seconds may ask again', async () => {
    const { keys, old, clock } = hold();
    expect(await keys.renew(old, REJECTED, confirm)).toBe('refused');
    expect(keys.rejection).toBe(REJECTED);
    clock.now += 4_999;
    expect(keys.claimQuestion()).toBe(false);
    clock.now += 1;
    expect([keys.claimQuestion(), keys.claimQuestion()]).toEqual([true, false]);
    expect(keys.rejection).toBe(REJECTED);
  });

  it.each([
    ['valid', 'spurious'],
    ['unknown', 'unconfirmed'],
  ] as const)('is not remembered as such where Cohere says %s', async (answer, renewal) => {
    const { keys, old } = hold();
    expect(await keys.renew(old, REJECTED, () => Promise.resolve(answer))).toBe(renewal);
    expect(keys.rejection).toBeUndefined();
  });

  it('is asked about once, however many calls it failed', async () => {
    const { keys, old } = hold();
    let questions = 0;
    const ask = async (): Promise<KeyAnswer> => {
      questions += 1;
      await new Promise(setImmediate);
      return 'refused';
    };
    await Promise.all(Array.from({ length: 200 }, () => keys.renew(old, REJECTED, ask)));
    expect(questions).toBe(1);
  });

  it('is replaced when its source holds another by now', async () => {
    const { keys, source, old } = hold();
    source.value = NEW;
    const ask = vi.fn<typeof confirm>(confirm);
    expect(await keys.renew(old, REJECTED, ask)).toBe('changed');
    expect(ask).not.toHaveBeenCalled();
    expect(revealed(keys)).toBe(NEW);
    expect(keys.rejection).toBeUndefined();
  });

  it('is read anew once, however many calls it failed', async () => {
    const { keys, source, old } = hold();
    source.value = NEW;
    const renewals = Array.from({ length: 200 }, () => keys.renew(old, REJECTED, confirm));
    expect(new Set(await Promise.all(renewals))).toEqual(new Set(['changed']));
    expect(source.reads).toBe(1);
  });

  it('is not read again by a call that comes late, after it was replaced', async () => {
    const { keys, source, old } = hold();
    source.value = NEW;
    await keys.renew(old, REJECTED, confirm);
    expect(await keys.renew(old, REJECTED, confirm)).toBe('changed');
    expect(source.reads).toBe(1);
  });

  it.each<KeyAnswer>(['refused', 'valid', 'unknown'])(
    'is no longer the matter when another took its place while Cohere was asked: %s',
    async (answer) => {
      const { keys, source, old } = hold();
      const replace = async () => {
        source.value = NEW;
        await keys.reload();
        return answer;
      };
      expect(await keys.renew(old, REJECTED, replace)).toBe('changed');
      expect(keys.rejection).toBeUndefined();
    },
  );

  it('is asked about anew with its next refusal', async () => {
    const { keys, old } = hold();
    const answers: KeyAnswer[] = ['valid', 'unknown'];
    const ask = () => Promise.resolve(answers.shift() ?? 'refused');
    expect(await keys.renew(old, REJECTED, ask)).toBe('spurious');
    expect(await keys.renew(old, REJECTED, ask)).toBe('unconfirmed');
  });

  it('is looked for a few times more where its source hands the old one out for a while', async () => {
    const source = new OpaquePlace(OLD);
    const { keys, old } = hold(source);
    source.changesAt = 3;
    expect(await keys.renew(old, REJECTED, confirm)).toBe('changed');
    expect(revealed(keys)).toBe(NEW);
    expect(source.reads).toBe(3);
  });

  it('is refused once such a source has given it four times', async () => {
    const source = new OpaquePlace(OLD);
    const { keys, old } = hold(source);
    expect(await keys.renew(old, REJECTED, confirm)).toBe('refused');
    expect(source.reads).toBe(4);
  });

  it('is read once only where the source says itself whether it has changed', async () => {
    const { keys, source, old } = hold();
    await keys.renew(old, REJECTED, confirm);
    expect(source.reads).toBe(1);
  });

  it('is a question for one caller only while there is a refusal', () => {
    const { keys, clock } = hold();
    clock.now += 5_000;
    expect(keys.claimQuestion()).toBe(false);
  });

  it('is never that of a deployment that needs none', async () => {
    const keys = new ApiKeyHolder(new FakeKeySource(OLD), undefined);
    expect(await keys.renew(new Secret(OLD), REJECTED, confirm)).toBe('changed');
  });

  it('is believed at once, and forgotten, where a test scripts each call', async () => {
    const old = new Secret(OLD);
    const keys = new ApiKeyHolder(new FakeKeySource(OLD), old, { believesEachRefusal: true });
    const ask = vi.fn<typeof confirm>(confirm);
    expect(await keys.renew(old, REJECTED, ask)).toBe('refused');
    expect(ask).not.toHaveBeenCalled();
    expect(keys.rejection).toBeUndefined();
  });

  it('stays in use, and refused, when its source cannot be read', async () => {
    const { keys, source, old } = hold();
    source.value = new AuthenticationError(
      createDiagnosis('COHERE_API_KEY_FILE_UNREADABLE', { detail: 'gone' }),
    );
    expect(await keys.renew(old, REJECTED, confirm)).toBe('refused');
    expect(revealed(keys)).toBe(OLD);
    expect(keys.rejection).toBe(REJECTED);
  });

  it('is no longer refused once another is in use, nor when Cohere accepts it after all', async () => {
    const { keys, source, old } = hold();
    await keys.renew(old, REJECTED, confirm);
    keys.accept(new Secret(NEW));
    expect(keys.rejection).toBe(REJECTED);
    keys.accept(old);
    expect(keys.rejection).toBeUndefined();
    await keys.renew(old, REJECTED, confirm);
    source.value = NEW;
    await keys.reload();
    expect(keys.rejection).toBeUndefined();
  });
});

it('a holder names its source, and takes every acceptance', () => {
  const { keys, old } = hold();
  keys.accept(old);
  expect(keys.sourceName).toBe('COHERE_API_KEY');
});

describe('reload', () => {
  it('reads the source now, and forgets that the key was refused', async () => {
    const { keys, old, source } = hold();
    await keys.renew(old, REJECTED, confirm);
    await keys.reload();
    expect(keys.rejection).toBeUndefined();
    expect(source.reads).toBe(2);
  });

  it('keeps the last good key when there is none, and says why', async () => {
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

  it('does not content itself with a reading that began before it', async () => {
    const { keys, source, old } = hold();
    const early = keys.renew(old, REJECTED, confirm);
    source.value = NEW;
    await Promise.all([early, keys.reload()]);
    expect(source.reads).toBe(2);
    expect(revealed(keys)).toBe(NEW);
  });
});

describe('refresh', () => {
  it('looks at most once a second', async () => {
    const { keys, source, clock } = hold();
    source.value = NEW;
    source.changed = true;
    expect(keys.refresh()).toBeUndefined();
    clock.now += 999;
    expect(keys.refresh()).toBeUndefined();
    clock.now += 1;
    const looking = keys.refresh();
    expect(keys.refresh()).toBeUndefined();
    await looking;
    expect(revealed(keys)).toBe(NEW);
    expect(source.reads).toBe(1);
  });

  it('looks again a second after it looked', async () => {
    const { keys, source, clock } = hold();
    clock.now += 1_000;
    await keys.refresh();
    source.value = NEW;
    source.changed = true;
    clock.now += 1_000;
    await keys.refresh();
    expect(revealed(keys)).toBe(NEW);
  });

  it('looks at no source twice at once, however long a look takes', () => {
    const { keys, source, clock } = hold();
    source.mayHaveChanged = () => new Promise(() => undefined);
    clock.now += 1_000;
    expect(keys.refresh()).toBeInstanceOf(Promise);
    clock.now += 1_000;
    expect(keys.refresh()).toBeUndefined();
  });

  it('does not look right after the boot, which has read the key', () => {
    const keys = new ApiKeyHolder(new FakeKeySource(OLD), new Secret(OLD));
    expect(keys.refresh()).toBeUndefined();
  });

  it('reads a source that cannot tell while its key is refused, and not before', async () => {
    const source = new OpaquePlace(OLD);
    const { keys, clock, old } = hold(source);
    clock.now += 1_000;
    await keys.refresh();
    expect(source.reads).toBe(0);
    keys.reject(old, REJECTED);
    source.changesAt = 1;
    clock.now += 1_000;
    await keys.refresh();
    expect(revealed(keys)).toBe(NEW);
  });

  it('reads a source that can tell no more often while its key is refused', async () => {
    const { keys, source, clock, old } = hold();
    keys.reject(old, REJECTED);
    clock.now += 1_000;
    await keys.refresh();
    expect(source.reads).toBe(0);
  });

  it('reads nothing where nothing has changed', async () => {
    const { keys, source, clock } = hold();
    clock.now += 5_000;
    await keys.refresh();
    expect(source.reads).toBe(0);
  });

  it('keeps the last good key while the source holds none', async () => {
    const { keys, source, clock } = hold();
    source.value = new Error('half written');
    source.changed = true;
    clock.now += 5_000;
    await keys.refresh();
    expect(revealed(keys)).toBe(OLD);
  });
});
