import { RERANK } from '../../../../lib/rerank/rerank-operation.js';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { FailedResponse } from '../../../../lib/transport/attempt-failure.js';
import { callCohere } from '../../../../lib/transport/call-cohere.js';
import { fixedKey } from '../../../../lib/transport/call-keys.js';
import { CohereTransport } from '../../../../lib/transport/cohere-transport.js';
import { diagnosisOf } from '../../../support/diagnosis-of.js';
import { settingsFor } from '../../../support/rerank-over.js';

beforeAll(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterAll(() => {
  vi.restoreAllMocks();
});

interface Plan {
  readonly maxRetries?: number;
  readonly timeoutMs?: number;
  readonly retryAfter?: string;
  readonly transport?: CohereTransport;
}

/** A call whose attempts end so; `statuses` are used up in turn, the last one for good. */
function plan(
  statuses: readonly number[],
  { maxRetries = 2, timeoutMs = 5_000, retryAfter, transport = unused() }: Plan = {},
) {
  const left = [...statuses];
  const attempt = vi.fn<() => Promise<string>>(async () => {
    const status = left.length > 1 ? left.shift() : left[0];
    if (status === 200) {
      return 'done';
    }
    const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
    throw new FailedResponse({ status: status ?? 500, headers, body: '{"message":"no"}' });
  });
  const keys = fixedKey(undefined, 'COHERE_API_KEY');
  const run = () =>
    callCohere({ transport, timeoutMs, maxRetries }, (call) =>
      call.request({ keys, operation: RERANK, attempt }),
    );
  return { run, attempt, budget: transport.retryBudget };
}

function unused(): CohereTransport {
  const transport = new CohereTransport(settingsFor('http://cohere.test'));
  onTestFinished(() => transport.close());
  return transport;
}

describe('attempts', () => {
  it.each([
    [[200], 0],
    [[503, 200], 1],
    [[503, 429, 200], 2],
  ])('after %j count retries beyond the first attempt', async (statuses, retries) => {
    expect(await plan(statuses).run()).toEqual({ value: 'done', retries });
  });

  it.each([0, 1, 5])('end after %i retries', async (maxRetries) => {
    const order = plan([503], { maxRetries });
    await diagnosisOf(order.run());
    expect(order.attempt).toHaveBeenCalledTimes(maxRetries + 1);
  });

  it('are not made where the wait would end after the deadline', async () => {
    const order = plan([429], { timeoutMs: 300, retryAfter: '0.4' });
    expect(await diagnosisOf(order.run())).toMatchObject({
      code: 'COHERE_RATE_LIMITED',
    });
    expect(order.attempt).toHaveBeenCalledTimes(1);
    expect(order.budget.left('transient')).toBe(500);
  });

  it('cost 14 tokens, or 5 when throttled', async () => {
    const transient = plan([503]);
    await diagnosisOf(transient.run());
    expect(transient.budget.left('transient')).toBe(500 - 2 * 14);
    const throttled = plan([429]);
    await diagnosisOf(throttled.run());
    expect(throttled.budget.left('throttled')).toBe(500 - 2 * 5);
  });

  it('return their tokens when they succeed, and only theirs', async () => {
    const order = plan([503, 503, 200]);
    await order.run();
    expect(order.budget.left('transient')).toBe(500 - 14);
  });

  it('stop being made while Cohere is down, until successes pay for them', async () => {
    const transport = unused();
    let attempts = 0;
    for (let call = 0; call < 50; call += 1) {
      const order = plan([503], { transport });
      // oxlint-disable-next-line no-await-in-loop -- one after the other, as the budget is spent
      await diagnosisOf(order.run());
      attempts += order.attempt.mock.calls.length;
    }
    expect(attempts).toBe(50 + 35);
    for (let call = 0; call < 14; call += 1) {
      // oxlint-disable-next-line no-await-in-loop -- as above
      await plan([200], { transport }).run();
    }
    const order = plan([503], { transport });
    await diagnosisOf(order.run());
    expect(order.attempt).toHaveBeenCalledTimes(2);
  });
});
