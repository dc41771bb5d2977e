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
  ])('to %j among %j is %s', (name, candidates, closest) => {
    expect(closestName(name, candidates)).toBe(closest);
  });

  it('counts a swap of neighbours as one edit', () => {
    expect(editsBetween('ab', 'ba')).toBe(1);
    expect(editsBetween('COHERE_AIP_KEY', 'COHERE_API_KEY')).toBe(1);
    expect(editsBetween('kitten', 'sitting')).toBe(3);
    expect(editsBetween('', 'abc')).toBe(3);
  });
});
