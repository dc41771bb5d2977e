import { assert, double, nat, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryDelay } from '../../../../lib/transport/retry.js';

const nearlyOne = 1 - Number.EPSILON;

describe('the wait before a retry', () => {
  it.each([
    ['transient', 0, 100],
    ['transient', 1, 200],
    ['transient', 4, 1_600],
    ['transient', 10, 20_000],
    ['throttled', 0, 1_000],
    ['throttled', 2, 4_000],
    ['throttled', 10, 20_000],
  ] as const)('%s, after %d retries, is at most %d ms', (kind, retriesSoFar, most) => {
    const longest = retryDelay({
      kind,
      retriesSoFar,
      retryAfterMs: undefined,
      random: nearlyOne,
    });
    expect(longest).toBeCloseTo(most, 5);
  });

  it('has full jitter: it may be nothing at all', () => {
    expect(
      retryDelay({ kind: 'throttled', retriesSoFar: 5, retryAfterMs: undefined, random: 0 }),
    ).toBe(0);
  });

  it('is never shorter than Retry-After, and at most a tenth longer', () => {
    assert(
      property(
        nat(3_600_000),
        double({ min: 0, max: nearlyOne, noNaN: true }),
        nat(10),
        (retryAfterMs, random, retriesSoFar) => {
          const delay = retryDelay({ kind: 'throttled', retriesSoFar, retryAfterMs, random });
          expect(delay).toBeGreaterThanOrEqual(retryAfterMs);
          expect(delay).toBeLessThanOrEqual(retryAfterMs * 1.1);
        },
      ),
    );
  });
});
