import { describe, expect, it } from 'vitest';
import { closestName, editsBetween } from '../../../lib/config/closest-name.js';

describe('the closest name', () => {
  it.each([
    ['kye', ['off', 'key', 'model'], 'key'],
    ['Modle', ['off', 'key', 'model'], 'model'],
    ['warm', ['warn', 'fail'], 'warn'],
    ['timeoutMS', ['timeoutMs', 'model'], 'timeoutMs'],
    ['xyz', ['off', 'key', 'model'], undefined],
    ['on', ['off', 'key'], undefined],
    ['', ['off', 'key'], undefined],
    ['abc', ['abd', 'abcd', 'abc'], 'abc'],
    ['abc', ['abd', 'abe'], 'abd'],
    ['model', ['modelxyz'], undefined],
    ['mod', ['model'], 'model'],
    ['COHERE_TIMEOUT', ['COHERE_TIMEOUT_MS'], 'COHERE_TIMEOUT_MS'],
    ['COHERE_MS', ['COHERE_BASE_URL', 'COHERE_TIMEOUT_MS'], 'COHERE_TIMEOUT_MS'],
    [
      'COHERE_CHECK',
      ['COHERE_STARTUP_CHECK_TIMEOUT_MS', 'COHERE_STARTUP_CHECK'],
      'COHERE_STARTUP_CHECK',
    ],
    ['COHERE_MS_TIMEOUT', ['COHERE_TIMEOUT_MS'], 'COHERE_TIMEOUT_MS'],
    ['COHERE_TIMEOUT_MS_EXTRA', ['COHERE_TIMEOUT_MS'], undefined],
    ['COHERE', ['COHERE_TIMEOUT_MS'], undefined],
    ['timeout', ['timeoutMs'], 'timeoutMs'],
    ['documents', ['maxDocumentsPerRequest'], 'maxDocumentsPerRequest'],
    ['max', ['maxDocumentsPerRequest', 'maxRetries'], 'maxRetries'],
    ['___', ['timeoutMs'], undefined],
    [`${'_'.repeat(93)}timeout`, ['timeoutMs'], 'timeoutMs'],
    [`${'_'.repeat(94)}timeout`, ['timeoutMs'], undefined],
  ])('to %j among %j is %s', (name, candidates, closest) => {
    expect(closestName(name, candidates)).toBe(closest);
  });

  it('counts a swap of neighbours as one edit', () => {
    expect(editsBetween('ab', 'ba')).toBe(1);
    expect(editsBetween('COHERE_AIP_KEY', 'COHERE_API_KEY')).toBe(1);
    expect(editsBetween('kitten', 'sitting')).toBe(3);
    expect(editsBetween('', 'abc')).toBe(3);
    expect(editsBetween('abc', '')).toBe(3);
    expect(editsBetween('abcd', 'badc')).toBe(2);
    expect(editsBetween('xab', 'yba')).toBe(2);
    expect(editsBetween('same', 'same')).toBe(0);
    expect(editsBetween('ab', 'xa')).toBe(2);
    expect(editsBetween('ab', 'bx')).toBe(2);
    expect(editsBetween('ab', 'b')).toBe(1);
  });

  it('returns the difference in length if that alone is too many edits', () => {
    expect(editsBetween('a', 'bbbbbbbbbb')).toBe(9);
    expect(editsBetween('bbbbbbbbbb', 'a')).toBe(9);
    expect(editsBetween('abbbbbbbb', 'c')).toBe(9);
  });

  it('is at most as many edits away as allowed', () => {
    expect(closestName('modxx', ['model'], 1)).toBeUndefined();
    expect(closestName('modex', ['model'], 1)).toBe('model');
  });
});
