import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createDiagnosis } from '../../../lib/diagnosis/create-diagnosis.js';
import { KeyStatusCache } from '../../../lib/health/key-status-cache.js';
import type { KeyStatus } from '../../../lib/transport/key-facts.js';

const VALID: KeyStatus = { verdict: 'valid' };
const REJECTED: KeyStatus = {
  verdict: 'rejected',
  diagnosis: createDiagnosis('COHERE_API_KEY_REJECTED', { detail: '' }),
};
const UNDETERMINED: KeyStatus = {
  verdict: 'undetermined',
  diagnosis: createDiagnosis('COHERE_UNREACHABLE', { detail: '' }),
};
const KEPT_MS = 60_000;

function start() {
  const subject = {};
  let time = 0;
  let asked = 0;
  const cache = new KeyStatusCache(() => time);
  const ask = (answer: () => Promise<KeyStatus>) =>
    cache.get(subject, KEPT_MS, () => {
      asked += 1;
      return answer();
    });
  return {
    ask,
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
    asked: () => asked,
  };
}

describe('how long a verdict on the key is cached', () => {
  it('a valid key for as long as the caller specifies', async () => {
    const { ask, pass, asked } = start();
    await ask(() => Promise.resolve(VALID));
    pass(KEPT_MS - 1);
    await ask(() => Promise.resolve(VALID));
    expect(asked()).toBe(1);
    pass(1);
    await ask(() => Promise.resolve(VALID));
    expect(asked()).toBe(2);
  });

  it.each([
    ['rejected', REJECTED],
    ['undetermined', UNDETERMINED],
  ])('%s for five seconds, so that a repair shows at once', async (_, status) => {
    const { ask, pass, asked } = start();
    await ask(() => Promise.resolve(status));
    pass(4_999);
    expect(await ask(() => Promise.resolve(VALID))).toBe(status);
    pass(1);
    expect(await ask(() => Promise.resolve(VALID))).toBe(VALID);
    expect(asked()).toBe(2);
  });

  it('does not cache a failed check, and keeps a later verdict', async () => {
    const { ask, pass, asked } = start();
    const late = new EventEmitter();
    const failing = ask(async () => {
      await once(late, 'answered');
      return VALID;
    });
    pass(KEPT_MS);
    await ask(() => Promise.resolve(VALID));
    late.emit('error', new Error('late'));
    await expect(failing).rejects.toThrow('late');
    await ask(() => Promise.resolve(VALID));
    expect(asked()).toBe(2);

    pass(KEPT_MS);
    await expect(ask(() => Promise.reject(new Error('again')))).rejects.toThrow('again');
    await ask(() => Promise.resolve(VALID));
    expect(asked()).toBe(4);
  });
});
