import { createHash } from 'node:crypto';
import type { Secret } from '../config/api-key/secret.js';
import type { RateLimiter } from '../config/shared-stores.js';
import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import { RateLimitError } from '../diagnosis/errors.js';
import { abortable } from './abortable.js';
import type { EndSignal } from './call-scope.js';
import { ConcurrencyLimit } from './concurrency-limit.js';
import { StoreGuard } from './store-guard.js';

const STORE_TIMEOUT_MS = 1_000;
/** The maximum age of a refusal: a budget may be freed, or a clock corrected. */
const MAX_REFUSAL_MS = 10_000;
/** The maximum block. Limits are per minute, so a proxy that sends a day must not stop a fleet. */
const MAX_BLOCK_SECONDS = 300;
/** The maximum difference of times that tell of the same window. */
const SAME_REFUSAL_MS = 1_000;
const BUDGETS_BEFORE_SWEEP = 1_000;

export interface RateLimitOptions {
  readonly limiter: RateLimiter;
  /** The limit of requests in flight. */
  readonly slots: ConcurrencyLimit;
  /** Base URL of the deployment: every deployment has a budget of its own. */
  readonly deployment: string;
  readonly warn: (message: string) => void;
}

/** A call that waits for a point. `CallScope` implements it. */
export interface WaitingCall extends EndSignal {
  readonly remainingMs: number;
}

/** The points of one key, as far as this process knows. */
interface Budget {
  readonly storeKey: string;
  /** The queue of calls that take no slot, so that few query the store at once. */
  readonly line: ConcurrencyLimit;
  /** Present while no call queries the store. */
  refusal: Refusal | undefined;
}

interface Refusal {
  /** The time of the next point, from the limiter or Cohere. */
  readonly refilledAt: number;
  /** Resolves when the store is queried again, for all waiting calls in order of arrival. */
  readonly over: Promise<void>;
  /** Ends it before its time, for a longer one: calls that cannot wait so long fail now. */
  replace(): void;
}

/**
 * Keeps the requests of a whole fleet within one budget: each waits for a point of the app's rate limiter before it
 * is sent.
 */
export class RateLimit {
  readonly #limiter: RateLimiter;
  readonly #insurance: Pick<RateLimiter, 'consume'> | undefined;
  readonly #deployment: string;
  readonly #guard: StoreGuard;
  readonly #insuranceGuard: StoreGuard;
  readonly #slots: ConcurrencyLimit;
  readonly #budgets = new Map<string, Budget>();

  constructor({ limiter, slots, deployment, warn }: RateLimitOptions) {
    this.#limiter = limiter;
    this.#insurance = limiter.insuranceLimiter;
    this.#slots = slots;
    this.#deployment = deploymentName(deployment);
    const uncounted = 'Requests are sent to Cohere without it until it works again.';
    const timeoutMs = STORE_TIMEOUT_MS + timeToExecuteEvenly(limiter);
    this.#guard = new StoreGuard({
      option: 'rateLimiter',
      consequence:
        this.#insurance === undefined
          ? uncounted
          : 'Its insuranceLimiter counts the requests until it works again.',
      timeoutMs,
      warn,
    });
    this.#insuranceGuard = new StoreGuard({
      option: 'insuranceLimiter of the rateLimiter',
      consequence: uncounted,
      timeoutMs,
      warn,
    });
  }

  /**
   * Waits for a point. If the store fails and has no insurance, the call proceeds without one.
   *
   * @param needsSlot true if the request needs a slot. The store is then queried once there is a slot: a point held
   *   while waiting for one would be used in a later window, in addition to that window's own.
   * @returns whether the call has its slot as well, and must release it
   * @throws RateLimitError when the next point comes after the deadline of the call; the reason of the call as
   *   soon as it aborts
   */
  async takePoint(key: Secret | undefined, call: WaitingCall, needsSlot = false): Promise<boolean> {
    const budget = this.#budgetOf(key);
    // With `execEvenly` the limiter itself delays calls, which must not occupy a slot.
    const takesSlot = needsSlot && this.#limiter.execEvenly !== true;
    const line = takesSlot ? this.#slots : budget.line;
    for (;;) {
      // Each round depends on the one before.
      // oxlint-disable-next-line no-await-in-loop
      const hasWaited = await untilRefilled(budget, call);
      // oxlint-disable-next-line no-await-in-loop
      await line.acquire(call, hasWaited);
      let hasPoint = false;
      try {
        // oxlint-disable-next-line no-await-in-loop
        hasPoint = await this.#takePoint(budget, call);
      } finally {
        if (!hasPoint || !takesSlot) {
          line.release();
        }
      }
      if (hasPoint) {
        return takesSlot;
      }
    }
  }

  /** Blocks the key for the whole fleet, for the time of Cohere's `Retry-After`. */
  block(key: Secret | undefined, retryAfterMs: number): void {
    // Stores take whole seconds, and a block of 0 never expires.
    const seconds = Math.min(Math.ceil(retryAfterMs / 1_000), MAX_BLOCK_SECONDS);
    const until = performance.now() + seconds * 1_000;
    const budget = this.#budgetOf(key);
    if (seconds >= 1 && refuse(budget, until)) {
      void this.#guard.run(() => this.#limiter.block(budget.storeKey, seconds));
    }
  }

  /** @returns whether the call may proceed; if not, the budget has the time of the next point */
  async #takePoint(budget: Budget, call: WaitingCall): Promise<boolean> {
    // While this call was queued, the limiter or Cohere may have refused another one.
    if (budget.refusal !== undefined) {
      return false;
    }
    // Measured from here, so that the round trip is not added to the wait.
    const queriedAt = performance.now();
    const waitMs = await this.#consume(budget.storeKey, call);
    if (waitMs > 0) {
      refuse(budget, queriedAt + waitMs);
    }
    return waitMs === 0;
  }

  /** @returns 0 with a point, or if the store fails; otherwise the milliseconds until the next one */
  async #consume(storeKey: string, call: WaitingCall): Promise<number> {
    if (!this.#guard.isPaused) {
      const answer = await this.#guard.run(() => consume(this.#limiter, storeKey), call);
      // A limiter that fails has already used its insurance; one that hangs has not.
      if (answer.ok || !this.#guard.isPaused) {
        return answer.ok ? answer.value : 0;
      }
    }
    const insurance = this.#insurance;
    if (insurance === undefined || this.#insuranceGuard.isPaused) {
      return 0;
    }
    const answer = await this.#insuranceGuard.run(() => consume(insurance, storeKey), call);
    return answer.ok ? answer.value : 0;
  }

  #budgetOf(key: Secret | undefined): Budget {
    const storeKey = `${this.#deployment}:${key?.fingerprint ?? 'no-key'}`;
    const known = this.#budgets.get(storeKey);
    if (known !== undefined) {
      return known;
    }
    if (this.#budgets.size >= BUDGETS_BEFORE_SWEEP) {
      this.#sweep();
    }
    const budget: Budget = {
      storeKey,
      line: new ConcurrencyLimit(this.#slots.limit),
      refusal: undefined,
    };
    this.#budgets.set(storeKey, budget);
    return budget;
  }

  /** Evicts unused budgets, so that an app with a key per tenant does not keep all of them. */
  #sweep(): void {
    for (const [storeKey, { line, refusal }] of this.#budgets) {
      if (line.inFlight === 0 && refusal === undefined) {
        this.#budgets.delete(storeKey);
      }
    }
  }
}

/**
 * Records the time of the next point. Requests in flight together are refused together, with about the same time; all
 * wait for the first one, because a call that waited for another would be overtaken.
 *
 * @returns whether that is news
 */
function refuse(budget: Budget, refilledAt: number): boolean {
  const { refusal } = budget;
  if (refusal !== undefined && refilledAt - refusal.refilledAt < SAME_REFUSAL_MS) {
    return false;
  }
  const waitMs = Math.min(refilledAt - performance.now(), MAX_REFUSAL_MS);
  let end: (() => void) | undefined;
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  const expire = () => {
    budget.refusal = undefined;
    end?.();
  };
  // The deadlines of the calls keep the process alive.
  const timer = setTimeout(expire, Math.ceil(waitMs)).unref();
  const replace = () => {
    clearTimeout(timer);
    end?.();
  };
  refusal?.replace();
  budget.refusal = { refilledAt, over, replace };
  return true;
}

/**
 * Waits until the store is queried again.
 *
 * @returns whether that took time
 */
async function untilRefilled(budget: Budget, call: WaitingCall): Promise<boolean> {
  let hasWaited = false;
  while (budget.refusal !== undefined && !call.aborted) {
    const waitMs = budget.refusal.refilledAt - performance.now();
    if (waitMs >= call.remainingMs) {
      throw noPointInTime(waitMs);
    }
    // A block may have come meanwhile.
    // oxlint-disable-next-line no-await-in-loop
    await abortable(budget.refusal.over, call);
    hasWaited = true;
  }
  return hasWaited;
}

/** @returns 0 with a point taken, or the milliseconds until there may be one */
async function consume(limiter: Pick<RateLimiter, 'consume'>, storeKey: string): Promise<number> {
  try {
    await limiter.consume(storeKey, 1);
    return 0;
  } catch (rejection) {
    const msBeforeNext = msBeforeNextOf(rejection);
    if (msBeforeNext === undefined) {
      throw rejection;
    }
    // -1: a budget without a window is never filled again.
    return msBeforeNext < 0 ? Infinity : Math.max(1, msBeforeNext);
  }
}

/** rate-limiter-flexible rejects with an object that is not an Error when there is no point left. */
function msBeforeNextOf(rejection: unknown): number | undefined {
  if (typeof rejection !== 'object' || rejection === null || rejection instanceof Error) {
    return undefined;
  }
  const value: unknown = Reflect.get(rejection, 'msBeforeNext');
  return typeof value === 'number' && !Number.isNaN(value) ? value : undefined;
}

function noPointInTime(waitMs: number): RateLimitError {
  const retryAfterMs = Number.isFinite(waitMs) ? Math.ceil(waitMs) : undefined;
  const how =
    retryAfterMs === undefined ? 'is never refilled' : `is empty for another ${retryAfterMs} ms`;
  return new RateLimitError(
    createDiagnosis('COHERE_RATE_LIMITED', {
      title: 'The rate limiter has no request left before the deadline of the call.',
      detail: `The budget of the rateLimiter option ${how}, longer than the call may take. Nothing was sent to Cohere.`,
      fix: [
        'Try again after retryAfterMs, or give the call a longer timeoutMs.',
        "Raise the points of the rateLimiter if the key's quota allows it.",
      ],
    }),
    retryAfterMs,
  );
}

/** Returns the longest wait within consume() itself: one window with `execEvenly`, otherwise 0. */
function timeToExecuteEvenly({ execEvenly, duration }: RateLimiter): number {
  return execEvenly === true ? (duration ?? 0) * 1_000 : 0;
}

/** Builds a store key, short and without white space for Memcached. The hash distinguishes paths of one host. */
function deploymentName(baseUrl: string): string {
  const hash = createHash('sha256').update(baseUrl).digest('hex').slice(0, 8);
  return `${new URL(baseUrl).host.slice(0, 100)}:${hash}`;
}
