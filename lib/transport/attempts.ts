import { CATALOGUE } from '../diagnosis/catalogue.js';
import type { TimeoutPhase } from '../diagnosis/diagnose-timeout.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import type { Secret } from '../config/api-key/secret.js';
import type { ConcurrencyLimit } from './concurrency-limit.js';
import { createError, DiagnosedError, RateLimitError } from '../diagnosis/errors.js';
import { orAbort, wait } from './abortable.js';
import { FailedResponse, InterruptedAttempt } from './attempt-failure.js';
import type { CallScope } from './call-scope.js';
import type { RateLimit } from './rate-limit.js';
import type { RetryBudget } from './retry-budget.js';
import { parseRetryAfter, retryDelay } from './retry.js';

/** One request of a call, as often as it takes. */
export interface AttemptPlan<T> {
  readonly scope: CallScope;
  readonly budget: RetryBudget;
  readonly maxRetries: number;
  /** Where an attempt waits for its turn. */
  readonly limit?: ConcurrencyLimit;
  /** Where an attempt takes a point before that, where the app has a rate limiter. */
  readonly rateLimit?: RateLimit | undefined;
  /** The key that the next attempt is sent with. */
  readonly currentKey?: () => Secret | undefined;
  /** One attempt. It ends when the signal of the scope aborts. */
  readonly attempt: () => Promise<T>;
  readonly diagnose: (failure: unknown) => Diagnosis;
  readonly diagnoseTimeout: (phase: TimeoutPhase) => Diagnosis;
  /**
   * Called when the key was refused. True when another key is there now, and the request may be tried
   * once more with it.
   */
  readonly renewKey?: (diagnosis: Diagnosis) => Promise<boolean>;
}

export interface Attempted<T> {
  readonly value: T;
  /** Attempts beyond the first. */
  readonly retries: number;
}

/**
 * Sends one request until it succeeds, cannot succeed, or the deadline leaves no room for another
 * attempt. Decides nothing by itself: what is worth a retry, how long to wait and what it costs stand
 * in `retry/`.
 *
 * @throws DiagnosedError; or what the scope was aborted with: the reason of the caller's signal
 */
export async function attemptUntilDone<T>(plan: AttemptPlan<T>): Promise<Attempted<T>> {
  let retries = 0;
  let backoffs = 0;
  let costOfLastRetry = 0;
  let keyRenewed = false;
  for (;;) {
    await takePoint(plan);
    try {
      const value = await attemptInTurn(plan);
      plan.budget.succeeded(costOfLastRetry);
      return { value, retries };
    } catch (failure) {
      plan.scope.throwIfEnded(() => plan.diagnoseTimeout(phaseOf(failure)));
      const diagnosis = plan.diagnose(failure);
      if (
        !keyRenewed &&
        CATALOGUE[diagnosis.code].keyRefused &&
        (await renewKey(plan, diagnosis))
      ) {
        keyRenewed = true;
      } else {
        costOfLastRetry = await backOff(plan, failure, diagnosis, backoffs);
        backoffs += 1;
      }
    }
    retries += 1;
  }
}

/** Waits for the next attempt, or throws when there is to be none. @returns what the retry costs */
async function backOff<T>(
  plan: AttemptPlan<T>,
  failure: unknown,
  diagnosis: Diagnosis,
  retriesSoFar: number,
): Promise<number> {
  const retryAfterMs = retryAfter(failure);
  const { retry } = CATALOGUE[diagnosis.code];
  if (retry === 'throttled' && retryAfterMs !== undefined) {
    plan.rateLimit?.block(plan.currentKey?.(), retryAfterMs);
  }
  const kind = diagnosis.retryable && retriesSoFar < plan.maxRetries ? retry : undefined;
  if (kind === undefined) {
    throw toError(failure, diagnosis, retryAfterMs);
  }
  const delay = retryDelay({ kind, retriesSoFar, retryAfterMs, random: Math.random() });
  const cost = delay < plan.scope.remainingMs ? plan.budget.spend(kind) : 0;
  if (cost === 0) {
    throw toError(failure, diagnosis, retryAfterMs);
  }
  await untilEnd(plan, 'backoff', wait(delay, plan.scope.signal));
  return cost;
}

/** Before the wait for a turn, so that a key whose budget is spent keeps no other key from its turn. */
async function takePoint<T>(plan: AttemptPlan<T>): Promise<void> {
  if (plan.rateLimit !== undefined) {
    await untilEnd(plan, 'queue', plan.rateLimit.takePoint(plan.currentKey?.(), plan.scope));
  }
}

async function attemptInTurn<T>({ limit, scope, attempt }: AttemptPlan<T>): Promise<T> {
  if (limit === undefined) {
    return attempt();
  }
  if (!limit.tryAcquire()) {
    await limit.acquire(scope.signal);
  }
  try {
    return await attempt();
  } finally {
    limit.release();
  }
}

async function renewKey<T>(plan: AttemptPlan<T>, diagnosis: Diagnosis): Promise<boolean> {
  if (plan.renewKey === undefined) {
    return false;
  }
  return untilEnd(plan, 'key', orAbort(plan.renewKey(diagnosis), plan.scope.signal));
}

async function untilEnd<T, R>(
  plan: AttemptPlan<T>,
  phase: TimeoutPhase,
  promise: Promise<R>,
): Promise<R> {
  try {
    return await promise;
  } catch (reason) {
    plan.scope.throwIfEnded(() => plan.diagnoseTimeout(phase));
    throw reason;
  }
}

function phaseOf(failure: unknown): TimeoutPhase {
  return failure instanceof InterruptedAttempt ? failure.phase : 'queue';
}

function toError(
  failure: unknown,
  diagnosis: Diagnosis,
  retryAfterMs: number | undefined,
): DiagnosedError {
  return failure instanceof DiagnosedError ? failure : createError(diagnosis, retryAfterMs);
}

function retryAfter(failure: unknown): number | undefined {
  if (failure instanceof RateLimitError) {
    return failure.retryAfterMs;
  }
  return failure instanceof FailedResponse
    ? parseRetryAfter(failure.response.headers['retry-after'], Date.now())
    : undefined;
}
