import { describe, expect, it } from 'vitest';
import { Secret } from '../../../../lib/config/api-key/secret.js';
import type { RetryKind } from '../../../../lib/diagnosis/catalogue.js';
import { RetryBudget } from '../../../../lib/transport/retry-budget.js';
import { KEY, TENANT_KEY } from '../../../support/keys.js';

const key = new Secret(KEY);
const tenant = new Secret(TENANT_KEY);

function exhaust(budget: RetryBudget, kind: RetryKind, paying: Secret | undefined = key): number {
  let retries = 0;
  while (budget.spend(kind, paying)) {
    retries += 1;
  }
  return retries;
}

describe('the retry budget', () => {
  it('allows 35 retries while Cohere is down, with any key, and then none', () => {
    const budget = new RetryBudget();
    expect(exhaust(budget, 'transient')).toBe(35);
    expect(exhaust(budget, 'transient', tenant)).toBe(0);
  });

  it('pays for 100 retries of a key that is throttled, and takes them from no other key', () => {
    const budget = new RetryBudget();
    expect(exhaust(budget, 'throttled')).toBe(100);
    expect(exhaust(budget, 'throttled', new Secret(KEY))).toBe(0);
    expect(exhaust(budget, 'transient')).toBe(35);
    expect(exhaust(budget, 'throttled', tenant)).toBe(100);
  });

  it.each(['transient', 'throttled'] as const)(
    'gets back what a %s retry cost when it succeeds',
    (kind) => {
      const budget = new RetryBudget();
      const whole = exhaust(new RetryBudget(), kind);
      expect(budget.spend(kind, key)).toBe(true);
      budget.succeeded(kind, key);
      expect(exhaust(budget, kind)).toBe(whole);
    },
  );

  it('refills by one with each success, so that retries come back after an outage', () => {
    const budget = new RetryBudget();
    exhaust(budget, 'transient');
    exhaust(budget, 'throttled');
    const left = budget.left('transient');
    for (let call = 0; call < 14; call += 1) {
      budget.succeeded(undefined, key);
    }
    expect(budget.left('transient')).toBe(left + 14);
    expect(exhaust(budget, 'transient')).toBe(1);
    expect(exhaust(budget, 'throttled')).toBe(2);
  });

  it('is never more than full', () => {
    const budget = new RetryBudget();
    budget.succeeded(undefined, key);
    budget.succeeded('transient', key);
    expect(budget.left('transient')).toBe(500);
  });

  it('forgets the key that was throttled longest ago when there are thousands', () => {
    const budget = new RetryBudget();
    exhaust(budget, 'throttled');
    for (let number = 0; number < 1_000; number += 1) {
      budget.spend('throttled', new Secret(`tenant ${number}`));
    }
    expect(exhaust(budget, 'throttled')).toBe(100);
    expect(exhaust(budget, 'throttled', new Secret('tenant 999'))).toBe(99);
  });
});
