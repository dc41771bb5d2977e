import { describe, expect, it } from 'vitest';
import { budgetFor } from '../../../sample/05-bulk/src/cohere.js';

describe('the points of the rate limiter for a key', () => {
  it.each([
    [1_000, { points: 16, duration: 1 }],
    [10, { points: 1, duration: 7 }],
    [1_000_000, { points: 16_393, duration: 1 }],
    [1, { points: 1, duration: 61 }],
  ])('with %i calls a minute are the most that it can keep to', (calls, budget) => {
    expect(budgetFor(calls)).toEqual(budget);
  });

  it('never allows more than the key does, in any 60 seconds', () => {
    for (let calls = 2; calls < 5_000; calls += 7) {
      const { points, duration } = budgetFor(calls);
      // Windows that a sliding minute can touch.
      expect(points * (Math.ceil(60 / duration) + 1)).toBeLessThanOrEqual(calls);
    }
  });
});
