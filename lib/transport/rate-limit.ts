import { createHash } from 'node:crypto';
import type { Secret } from '../config/api-key/secret.js';
import type { RateLimiter } from '../config/shared-stores.js';
import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import { RateLimitError } from '../diagnosis/errors.js';
import type { EndSignal } from './call-scope.js';
import type { ConcurrencyLimit } from './concurrency-limit.js';
import { StoreGuard } from './store-guard.js';

const STORE_TIMEOUT_MS = 1_000;
/** Limits are per minute; a proxy that asks for a day must not stop a fleet for one. */
const MAX_BLOCK_SECONDS = 300;
const MIN_BUDGETS_TO_SWEEP = 256;
/** Node fires a longer timer at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface RateLimitOptions {
  readonly limiter: RateLimiter;
  /** The limit of requests in flight. */
  readonly turns: ConcurrencyLimit;
  /** Base URL of the deployment: every deployment counts for itself. */
  readonly deployment: string;
  readonly warn: (message: string) => void;
}

/** What a waiting call says about itself; `CallScope` is one. */
export interface WaitingCall extends EndSignal {
  readonly remainingMs: number;
}

interface Waiter {
  readonly call: WaitingCall;
  readonly pass: (hasTurn: boolean) => void;
  readonly fail: (reason: unknown) => void;
  /** Hears an abort from now on. The first in line need not where the limiter answers at once. */
  readonly listen: () => void;
}

/** All calls of this process with one key. */
interface Budget {
  readonly storeKey: string;
  /** The store has no point for this key before this moment. */
  notBefore: number;
  /** Calls that need a turn wait apart, so that they do not hold up those that need none. */
  readonly inTurn: Lane;
  readonly free: Lane;
}

interface Lane {
  /** In the order they came. */
  readonly waiters: Set<Waiter>;
  isServed: boolean;
  /** Ends the sleep of the loop that serves the lane. */
  wake: () => void;
}

/**
 * Keeps the requests of a whole fleet within one budget: each takes a point of the app's rate limiter
 * before it is sent. Calls without a point wait in line, and only for the first of them the store is
 * asked: 64 waiting calls that each ask would be 64 round trips a window.
 */
export class RateLimit {
  readonly #limiter: RateLimiter;
  readonly #deployment: string;
  readonly #guard: StoreGuard;
  readonly #storeKeys = new WeakMap<Secret, string>();
  readonly #turns: ConcurrencyLimit;
  readonly #budgets = new Map<string, Budget>();
  #budgetsToSweep = MIN_BUDGETS_TO_SWEEP;

  constructor({ limiter, turns, deployment, warn }: RateLimitOptions) {
    this.#limiter = limiter;
    this.#turns = turns;
    this.#deployment = deploymentName(deployment);
    this.#guard = new StoreGuard({
      option: 'rateLimiter',
      consequence: 'Requests are sent to Cohere without it until it works again.',
      timeoutMs: STORE_TIMEOUT_MS + timeToExecuteEvenly(limiter),
      warn,
    });
  }

  /**
   * Waits for a point. When the store fails the call goes on without one.
   *
   * @param needsTurn whether the request counts against the limit of requests in flight. Then the store is
   *   asked when there is a turn: points that wait for one would be used in a later window, together with its own.
   * @returns whether the call has its turn as well, and must release it
   * @throws RateLimitError when the next point comes after the deadline of the call; the reason of its
   *   signal as soon as that aborts
   */
  takePoint(key: Secret | undefined, call: WaitingCall, needsTurn = false): Promise<boolean> {
    if (call.aborted) {
      return Promise.reject(call.reason);
    }
    const budget = this.#budgetOf(key);
    // With `execEvenly` the limiter itself makes calls wait, and a turn is not for waiting.
    const lane = needsTurn && this.#limiter.execEvenly !== true ? budget.inTurn : budget.free;
    const waitMs = this.#earliest(budget, lane.waiters.size) - performance.now();
    if (waitMs > 0 && waitMs >= call.remainingMs) {
      return Promise.reject(noPointInTime(waitMs));
    }
    return new Promise((resolve, reject) => {
      let isListening = false;
      const leave = () => {
        lane.waiters.delete(waiter);
        if (isListening) {
          call.removeEventListener('abort', abort);
        }
      };
      const abort = () => {
        waiter.fail(call.reason);
        if (lane.waiters.size === 0) {
          lane.wake();
        }
      };
      const waiter: Waiter = {
        call,
        pass: (hasTurn) => {
          leave();
          resolve(hasTurn);
        },
        fail: (reason) => {
          leave();
          reject(reason);
        },
        listen: () => {
          if (call.aborted) {
            abort();
          } else if (!isListening) {
            isListening = true;
            call.addEventListener('abort', abort, { once: true });
          }
        },
      };
      lane.waiters.add(waiter);
      if (lane.isServed) {
        waiter.listen();
      } else {
        void this.#serve(budget, lane);
      }
    });
  }

  /** Cohere asked to wait: no process of the fleet sends anything with this key until then. */
  block(key: Secret | undefined, retryAfterMs: number): void {
    // Stores take whole seconds, and keep a key for ever that is blocked for 0.
    const seconds = Math.min(Math.ceil(retryAfterMs / 1_000), MAX_BLOCK_SECONDS);
    const until = performance.now() + seconds * 1_000;
    const budget = this.#budgetOf(key);
    // Sixteen requests in flight are refused sixteen times; the fleet needs to hear it once.
    if (!(seconds >= 1) || until - budget.notBefore < 1_000) {
      return;
    }
    budget.notBefore = until;
    budget.inTurn.wake();
    budget.free.wake();
    void this.#guard.ask(() => this.#limiter.block(budget.storeKey, seconds), {
      background: true,
    });
  }

  /** Lets the calls of a lane go until none is left. */
  async #serve(budget: Budget, lane: Lane): Promise<void> {
    lane.isServed = true;
    while (lane.waiters.size > 0) {
      const waitMs = budget.notBefore - performance.now();
      if (this.#guard.isPaused) {
        passAll(lane);
      } else if (waitMs > 0) {
        this.#failLateCalls(budget, lane);
        firstOf(lane)?.listen();
        if (lane.waiters.size > 0) {
          // Each turn depends on what the one before has changed.
          // oxlint-disable-next-line no-await-in-loop
          await sleep(waitMs, lane);
        }
      } else {
        // oxlint-disable-next-line no-await-in-loop
        await this.#askForPoint(budget, lane);
      }
    }
    lane.isServed = false;
  }

  async #askForPoint(budget: Budget, lane: Lane): Promise<void> {
    const needsTurn = lane === budget.inTurn;
    if (needsTurn && !this.#turns.tryAcquire()) {
      const hasTurn = await this.#waitForTurn(lane);
      // Cohere may have blocked the key meanwhile.
      if (!hasTurn || budget.notBefore > performance.now() || this.#guard.isPaused) {
        if (hasTurn) {
          this.#turns.release();
        }
        return;
      }
    }
    // From here on, so that the way of the answer is not added to the wait.
    const askedAt = performance.now();
    const answer = await this.#guard.ask(() => consume(this.#limiter, budget.storeKey), {
      onWait: () => firstOf(lane)?.listen(),
    });
    let isTurnUsed = false;
    if (!answer.ok) {
      isTurnUsed = passFirst(lane, needsTurn);
      passAll(lane);
    } else if (answer.value === 0) {
      // The call that the store was asked for may be gone; the point is good for the next one.
      isTurnUsed = passFirst(lane, needsTurn);
    } else {
      budget.notBefore = Math.max(budget.notBefore, askedAt + answer.value);
    }
    if (needsTurn && !isTurnUsed) {
      this.#turns.release();
    }
  }

  /** For the first in line. @returns false when it gives up first; it has left the line then */
  async #waitForTurn(lane: Lane): Promise<boolean> {
    const first = firstOf(lane);
    first?.listen();
    if (first === undefined || first.call.aborted) {
      return false;
    }
    try {
      await this.#turns.acquire(first.call);
      return true;
    } catch (reason) {
      if (lane.waiters.has(first)) {
        first.fail(reason);
      }
      return false;
    }
  }

  #failLateCalls(budget: Budget, lane: Lane): void {
    const now = performance.now();
    let place = 0;
    for (const waiter of lane.waiters) {
      const waitMs = this.#earliest(budget, place) - now;
      if (waitMs >= waiter.call.remainingMs) {
        waiter.fail(noPointInTime(waitMs));
      } else {
        place += 1;
      }
    }
  }

  /**
   * The earliest moment at which the call with so many calls of this process before it can have a point.
   * Others of the fleet may make it later.
   */
  #earliest(budget: Budget, place: number): number {
    const now = performance.now();
    const { points = 0, duration = 0 } = this.#limiter;
    const windows = points > 0 && duration > 0 ? Math.floor(place / points) : 0;
    // How many points and how much time the current window has left is not known.
    return budget.notBefore > now
      ? budget.notBefore + windows * duration * 1_000
      : now + Math.max(0, windows - 1) * duration * 1_000;
  }

  #budgetOf(key: Secret | undefined): Budget {
    const storeKey = this.#storeKeyOf(key);
    const known = this.#budgets.get(storeKey);
    if (known !== undefined) {
      return known;
    }
    this.#sweep();
    const budget = { storeKey, notBefore: -Infinity, inTurn: newLane(), free: newLane() };
    this.#budgets.set(storeKey, budget);
    return budget;
  }

  /** The fingerprint is a hash, and this is asked for each request. */
  #storeKeyOf(key: Secret | undefined): string {
    if (key === undefined) {
      return `${this.#deployment}:no-key`;
    }
    const known = this.#storeKeys.get(key);
    if (known !== undefined) {
      return known;
    }
    const storeKey = `${this.#deployment}:${key.fingerprint}`;
    this.#storeKeys.set(key, storeKey);
    return storeKey;
  }

  /** An app with a key per tenant must not remember every tenant it ever had. */
  #sweep(): void {
    if (this.#budgets.size < this.#budgetsToSweep) {
      return;
    }
    const now = performance.now();
    for (const [storeKey, { inTurn, free, notBefore }] of this.#budgets) {
      if (!inTurn.isServed && !free.isServed && notBefore <= now) {
        this.#budgets.delete(storeKey);
      }
    }
    this.#budgetsToSweep = Math.max(MIN_BUDGETS_TO_SWEEP, this.#budgets.size * 2);
  }
}

function newLane(): Lane {
  return { waiters: new Set(), isServed: false, wake: () => undefined };
}

/** @returns 0 with a point taken, or the milliseconds until there may be one */
async function consume(limiter: RateLimiter, storeKey: string): Promise<number> {
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

/** @returns whether there was a call to pass */
function passFirst({ waiters }: Lane, hasTurn: boolean): boolean {
  for (const waiter of waiters) {
    const { call } = waiter;
    if (!call.aborted) {
      waiter.pass(hasTurn);
      return true;
    }
    waiter.fail(call.reason);
  }
  return false;
}

function firstOf({ waiters }: Lane): Waiter | undefined {
  const [first] = waiters;
  return first;
}

/** rate-limiter-flexible rejects with an object that is not an Error when there is no point left. */
function msBeforeNextOf(rejection: unknown): number | undefined {
  if (typeof rejection !== 'object' || rejection === null || rejection instanceof Error) {
    return undefined;
  }
  const value: unknown = Reflect.get(rejection, 'msBeforeNext');
  return typeof value === 'number' && !Number.isNaN(value) ? value : undefined;
}

function passAll(lane: Lane): void {
  for (const waiter of lane.waiters) {
    waiter.pass(false);
  }
}

function sleep(milliseconds: number, lane: Lane): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => lane.wake(), Math.min(milliseconds, MAX_TIMER_MS));
    lane.wake = () => {
      clearTimeout(timer);
      lane.wake = () => undefined;
      resolve();
    };
  });
}

function noPointInTime(waitMs: number): RateLimitError {
  const retryAfterMs = Number.isFinite(waitMs) ? Math.ceil(waitMs) : undefined;
  const wait =
    retryAfterMs === undefined
      ? 'is never filled again'
      : `has nothing left for ${retryAfterMs} ms`;
  return new RateLimitError(
    createDiagnosis('COHERE_RATE_LIMITED', {
      title: 'The rate limiter has no request left before the deadline of the call.',
      detail: `The budget of the rateLimiter option ${wait}, longer than the call may take. Nothing was sent to Cohere.`,
      fix: [
        'Try again after retryAfterMs, or give the call a longer timeoutMs.',
        "Raise the points of the rateLimiter if the key's quota allows it.",
      ],
    }),
    retryAfterMs,
  );
}

/** With `execEvenly`, consume() itself waits up to a window. */
function timeToExecuteEvenly({ execEvenly, duration }: RateLimiter): number {
  return execEvenly === true ? (duration ?? 0) * 1_000 : 0;
}

/** Short and without white space: Memcached takes no other keys. The hash tells paths of one host apart. */
function deploymentName(baseUrl: string): string {
  const hash = createHash('sha256').update(baseUrl).digest('hex').slice(0, 8);
  return `${new URL(baseUrl).host.slice(0, 100)}:${hash}`;
}
