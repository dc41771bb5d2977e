import { describe, expect, it } from 'vitest';
import { RetryBudget } from '../../../../lib/transport/retry-budget.js';

function exhaust(budget: RetryBudget, kind: 'transient' | 'throttled'): number {
  let retries = 0;
  while (budget.spend(kind) > 0) {
    retries += 1;
  }
  return retries;
}

describe('the retry budget', () => {
  it('pays for 35 retries of a Cohere that is down, and then for none', () => {
    expect(exhaust(new RetryBudget(), 'transient')).toBe(35);
  });

  it('pays for 100 retries of a Cohere that throttles', () => {
    expect(exhaust(new RetryBudget(), 'throttled')).toBe(100);
  });

  it('gets back what a retry cost when it succeeds', () => {
    const budget = new RetryBudget();
    const cost = budget.spend('transient');
    budget.spend('throttled');
    budget.succeeded(cost);
    expect(budget.tokens).toBe(495);
  });

  it('refills by one with each success, so that retries come back after an outage', () => {
    const budget = new RetryBudget();
    exhaust(budget, 'transient');
    const left = budget.tokens;
    for (let call = 0; call < 14; call += 1) {
      budget.succeeded(0);
    }
    expect(budget.tokens).toBe(left + 14);
    expect(budget.spend('transient')).toBe(14);
  });

  it('is never more than full', () => {
    const budget = new RetryBudget();
    budget.succeeded(0);
    budget.succeeded(14);
    expect(budget.tokens).toBe(500);
  });
});
