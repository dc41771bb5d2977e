import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { attemptUntilDone, type AttemptPlan } from '../../../../lib/transport/attempts.js';
import { diagnoseTimeout } from '../../../../lib/diagnosis/diagnose-timeout.js';
import { diagnosisOf } from '../../../support/diagnosis-of.js';
import { diagnoseAttempt, FailedResponse } from '../../../../lib/transport/attempt-failure.js';
import { CallerSignals, CallScope } from '../../../../lib/transport/call-scope.js';
import { RetryBudget } from '../../../../lib/transport/retry-budget.js';

const CONTEXT = {
  baseUrl: 'http://cohere.test',
  path: '/v2/rerank',
  key: { name: 'COHERE_API_KEY', length: 40, fingerprint: 'sha256:00000000' },
};

beforeAll(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterAll(() => {
  vi.restoreAllMocks();
});

const scopes: CallScope[] = [];
afterEach(() => {
  for (const scope of scopes.splice(0)) {
    scope.close();
  }
});

/** A plan whose attempts fail so; `statuses` are used up in turn, the last one for good. */
function plan(
  statuses: readonly number[],
  overrides: Partial<Omit<AttemptPlan<string>, 'attempt'>> & {
    timeoutMs?: number;
    retryAfter?: string;
  } = {},
) {
  const { timeoutMs = 5_000, retryAfter, ...rest } = overrides;
  const left = [...statuses];
  const scope = new CallScope(timeoutMs, undefined, new CallerSignals());
  scopes.push(scope);
  const attempt = vi.fn<() => Promise<string>>(async () => {
    const status = left.length > 1 ? left.shift() : left[0];
    if (status === 200) {
      return 'done';
    }
    const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
    throw new FailedResponse({ status: status ?? 500, headers, body: '{"message":"no"}' });
  });
  return {
    scope,
    budget: new RetryBudget(),
    maxRetries: 2,
    attempt,
    diagnose: (failure: unknown) => diagnoseAttempt(failure, CONTEXT, undefined),
    diagnoseTimeout: (phase: Parameters<AttemptPlan<string>['diagnoseTimeout']>[0]) =>
      diagnoseTimeout(CONTEXT, timeoutMs, phase),
    ...rest,
  };
}

describe('attempts', () => {
  it.each([
    [[200], 0],
    [[503, 200], 1],
    [[503, 429, 200], 2],
  ])('after %j count what was tried beyond the first', async (statuses, retries) => {
    expect(await attemptUntilDone(plan(statuses))).toEqual({ value: 'done', retries });
  });

  it.each([0, 1, 5])('end after %i retries', async (maxRetries) => {
    const order = plan([503], { maxRetries });
    await diagnosisOf(attemptUntilDone(order));
    expect(order.attempt).toHaveBeenCalledTimes(maxRetries + 1);
  });

  it('are not made where the wait would end after the deadline', async () => {
    const order = plan([429], { timeoutMs: 300, retryAfter: '0.4' });
    expect(await diagnosisOf(attemptUntilDone(order))).toMatchObject({
      code: 'COHERE_RATE_LIMITED',
    });
    expect(order.attempt).toHaveBeenCalledTimes(1);
    expect(order.budget.tokens).toBe(500);
  });

  it('cost 14 tokens, or 5 when throttled', async () => {
    const transient = plan([503]);
    await diagnosisOf(attemptUntilDone(transient));
    expect(transient.budget.tokens).toBe(500 - 2 * 14);
    const throttled = plan([429]);
    await diagnosisOf(attemptUntilDone(throttled));
    expect(throttled.budget.tokens).toBe(500 - 2 * 5);
  });

  it('get their tokens back when they help, but for those that did not', async () => {
    const order = plan([503, 503, 200]);
    await attemptUntilDone(order);
    expect(order.budget.tokens).toBe(500 - 14);
  });

  it('stop being made while Cohere is down, until successes pay for them', async () => {
    const budget = new RetryBudget();
    let attempts = 0;
    for (let call = 0; call < 50; call += 1) {
      const order = plan([503], { budget });
      // oxlint-disable-next-line no-await-in-loop -- one after the other, as the budget is spent
      await diagnosisOf(attemptUntilDone(order));
      attempts += order.attempt.mock.calls.length;
    }
    expect(attempts).toBe(50 + 35);
    for (let call = 0; call < 14; call += 1) {
      // oxlint-disable-next-line no-await-in-loop -- as above
      await attemptUntilDone(plan([200], { budget }));
    }
    const order = plan([503], { budget });
    await diagnosisOf(attemptUntilDone(order));
    expect(order.attempt).toHaveBeenCalledTimes(2);
  });

  it('with a renewed key are one, and cost no retry', async () => {
    const renewKey = vi.fn<() => Promise<boolean>>(() => Promise.resolve(true));
    const order = plan([401], { maxRetries: 0, renewKey });
    expect(await diagnosisOf(attemptUntilDone(order))).toMatchObject({
      code: 'COHERE_API_KEY_REJECTED',
    });
    expect(order.attempt).toHaveBeenCalledTimes(2);
    expect(renewKey).toHaveBeenCalledTimes(1);
    expect(order.budget.tokens).toBe(500);
  });
});
