import type { Secret } from '../config/api-key/secret.js';
import { diagnoseTimeout, type TimeoutPhase } from '../diagnosis/diagnose-timeout.js';
import { CATALOGUE, type RetryKind } from '../diagnosis/catalogue.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { createError, DiagnosedError, RateLimitError } from '../diagnosis/errors.js';
import type { Operation } from '../diagnosis/operation.interface.js';
import type { ReceivedResponse, RequestContext } from '../diagnosis/request-context.js';
import { abortable, wait } from './abortable.js';
import {
  diagnoseAttempt,
  FailedResponse,
  InterruptedAttempt,
  secretsOf,
  TooLate,
} from './attempt-failure.js';
import type { CallKeys, KeyUse } from './call-keys.js';
import { CallScope, type CallScopeOptions } from './call-scope.js';
import type { CohereTransport } from './cohere-transport.js';
import type { RateLimit } from './rate-limit.js';
import { parseRetryAfter, retryDelay } from './retry.js';

export interface CallOptions extends CallScopeOptions {
  readonly transport: CohereTransport;
  /** Retries of each of its requests. */
  readonly maxRetries: number;
  /** The setting of its deadline, if not COHERE_TIMEOUT_MS. */
  readonly timeoutSetting?: string | undefined;
}

/** One request of a call, with all its attempts. */
export interface CohereRequest<T> {
  readonly keys: CallKeys;
  readonly operation: Operation;
  /** True if it takes a slot of `concurrency`. Probes and the injected client take none. */
  readonly limited?: boolean | undefined;
  /** True if it takes a point of the app's rate limiter. Probes of a key or a model take none. */
  readonly counts?: boolean | undefined;
  /** False for an upload, whose body can be sent only once. Default true. */
  readonly repeatable?: boolean | undefined;
  /** Default: the call's. */
  readonly maxRetries?: number | undefined;
  /** True to report, at the deadline, the last failure before it instead of the timeout. */
  readonly reportsLastFailure?: boolean | undefined;
  /** Sends one HTTP request and reads its answer, within the scope; passes the headers of a 2xx to `received`. */
  readonly attempt: (
    key: Secret | undefined,
    scope: CallScope,
    received: (headers: ReceivedResponse['headers']) => void,
  ) => Promise<T>;
}

export interface Attempted<T> {
  readonly value: T;
  /** Attempts beyond the first. */
  readonly retries: number;
}

/**
 * Runs one call to Cohere, of one request or many: for the app, for probes and for the injected client. Owns the
 * deadline, the queue, the attempts and retries, the renewal of the key, and the diagnosis of failures.
 *
 * @throws DiagnosedError; the reason of the caller's signal; what `run` throws
 */
export async function callCohere<T>(
  options: CallOptions,
  run: (call: CohereCall) => Promise<T>,
): Promise<T> {
  const call = new CohereCall(options);
  try {
    return await run(call);
  } finally {
    if (!call.isStreaming) {
      call.scope.close();
    }
  }
}

export class CohereCall {
  readonly scope: CallScope;
  readonly #transport: CohereTransport;
  readonly #maxRetries: number;
  readonly #timeoutSetting: string | undefined;
  #isStreaming = false;

  constructor(options: CallOptions) {
    this.#transport = options.transport;
    this.#maxRetries = options.maxRetries;
    this.#timeoutSetting = options.timeoutSetting;
    this.scope = new CallScope(options.transport.calls, options);
  }

  /** Returns the values to redact in texts about a request with this key. */
  secretsWith(key: Secret | undefined): readonly string[] {
    return [...secretsOf(key), ...this.#transport.secrets];
  }

  get isStreaming(): boolean {
    return this.#isStreaming;
  }

  /** Ends the deadline, because the answer is a stream; the caller closes the scope when the stream ends. */
  startStreaming(): void {
    this.#isStreaming = true;
    this.scope.endDeadline();
  }

  /**
   * Sends one request until it succeeds, cannot succeed, or the deadline leaves no room for another attempt.
   *
   * @throws DiagnosedError; the reason of the caller's signal
   */
  async request<T>(request: CohereRequest<T>): Promise<Attempted<T>> {
    if (this.scope.aborted) {
      throw this.scope.reason;
    }
    const attempts = new Attempts(request, this.#maxRetries);
    const { keyUse } = attempts;
    const { repeatable = true } = request;
    const preparing = keyUse.prepare();
    if (preparing !== undefined) {
      await this.#until(attempts, 'key', preparing);
    }
    for (;;) {
      attempts.key = keyUse.take();
      let hasSlot = false;
      // A key without points must not hold a slot that another key could use, so the wait for a point comes
      // first; the point itself is taken with the slot.
      if (request.counts === true && this.#transport.rateLimit !== undefined) {
        // One attempt after another.
        // oxlint-disable-next-line no-await-in-loop
        hasSlot = await this.#takePoint(attempts, this.#transport.rateLimit);
      }
      try {
        // oxlint-disable-next-line no-await-in-loop
        const value = await this.#attemptInSlot(attempts, hasSlot);
        this.#transport.retryBudget.succeeded(attempts.lastRetry, attempts.key);
        keyUse.accept(attempts.headers);
        return { value, retries: attempts.retries };
      } catch (failure) {
        const diagnosis = this.#diagnose(attempts, failure);
        const final = CATALOGUE[diagnosis.code].aboutAccount
          ? await this.#reportToKey(attempts, diagnosis)
          : diagnosis;
        if (final !== undefined || !repeatable) {
          await this.#backOff(attempts, failure, final ?? diagnosis);
        }
      }
      attempts.retries += 1;
    }
  }

  async #takePoint<T>(attempts: Attempts<T>, rateLimit: RateLimit): Promise<boolean> {
    const { key, request } = attempts;
    try {
      return await rateLimit.takePoint(key, this.scope, request.limited);
    } catch (reason) {
      this.#throwIfEnded(attempts, 'queue', reason);
      throw reason;
    }
  }

  /** Waits for a slot, then sends. */
  async #attemptInSlot<T>(attempts: Attempts<T>, hasSlot: boolean): Promise<T> {
    if (attempts.request.limited !== true) {
      return this.#attempt(attempts);
    }
    const { concurrency } = this.#transport;
    if (!hasSlot && !concurrency.tryAcquire()) {
      await concurrency.acquire(this.scope);
    }
    return concurrency.hold(this.scope, () => this.#attempt(attempts));
  }

  #attempt<T>(attempts: Attempts<T>): Promise<T> {
    attempts.key = attempts.keyUse.take();
    // The timer of the deadline may be late, especially under load.
    if (this.scope.remainingMs <= 0) {
      throw new TooLate();
    }
    if (attempts.leavesNode) {
      attempts.leavesNode = false;
      this.#transport.leaveNode();
    }
    return attempts.request.attempt(attempts.key, this.scope, attempts.received);
  }

  /** @throws the reason that ended the call, if the attempt failed because of it */
  #diagnose<T>(attempts: Attempts<T>, failure: unknown): Diagnosis {
    const phase = failure instanceof InterruptedAttempt ? failure.phase : 'queue';
    this.#throwIfEnded(attempts, phase, failure);
    const diagnosis = diagnoseAttempt(failure, this.#context(attempts));
    attempts.lastDiagnosis = diagnosis;
    return diagnosis;
  }

  #throwIfEnded<T>(attempts: Attempts<T>, phase: TimeoutPhase, failure: unknown): void {
    this.scope.throwIfEnded(() => this.#diagnoseTimeout(attempts, phase));
    if (failure instanceof TooLate) {
      throw createError(this.#diagnoseTimeout(attempts, 'queue', this.scope.remainingMs));
    }
  }

  /** Waits for the next attempt, or throws when there is to be none. */
  async #backOff<T>(attempts: Attempts<T>, failure: unknown, diagnosis: Diagnosis): Promise<void> {
    const retryAfterMs = retryAfter(failure);
    const { backoffs, maxRetries, request } = attempts;
    const { retry } = CATALOGUE[diagnosis.code];
    if (retry === 'throttled' && retryAfterMs !== undefined && request.counts === true) {
      this.#transport.rateLimit?.block(attempts.key, retryAfterMs);
    }
    const kind = diagnosis.retryable && backoffs < maxRetries ? retry : undefined;
    if (kind === undefined) {
      throw toError(failure, diagnosis, retryAfterMs);
    }
    const random = Math.random();
    const delay = retryDelay({ kind, retriesSoFar: backoffs, retryAfterMs, random });
    const isInTime = delay < this.scope.remainingMs;
    if (!isInTime || !this.#transport.retryBudget.spend(kind, attempts.key)) {
      throw toError(failure, diagnosis, retryAfterMs);
    }
    await this.#until(attempts, 'backoff', wait(delay, this.scope));
    attempts.backoffs += 1;
    attempts.leavesNode = failure instanceof FailedResponse && failure.response.status === 503;
    attempts.lastRetry = kind;
  }

  /** @returns the diagnosis to fail with; `undefined` to send the request again at once */
  async #reportToKey<T>(
    attempts: Attempts<T>,
    diagnosis: Diagnosis,
  ): Promise<Diagnosis | undefined> {
    return this.#until(attempts, 'key', attempts.keyUse.fail(diagnosis, this.scope));
  }

  async #until<T, R>(attempts: Attempts<T>, phase: TimeoutPhase, promise: Promise<R>): Promise<R> {
    try {
      return await abortable(promise, this.scope);
    } catch (reason) {
      this.scope.throwIfEnded(() => this.#diagnoseTimeout(attempts, phase));
      throw reason;
    }
  }

  #diagnoseTimeout<T>(attempts: Attempts<T>, phase: TimeoutPhase, remainingMs = 0): Diagnosis {
    const { request, lastDiagnosis } = attempts;
    return request.reportsLastFailure === true && lastDiagnosis !== undefined
      ? lastDiagnosis
      : diagnoseTimeout(this.#context(attempts), this.scope.timeoutMs, phase, remainingMs);
  }

  #context<T>({ request, key }: Attempts<T>): RequestContext {
    const { keys, operation } = request;
    const context = requestContext(this.#transport, operation, key, keys.name);
    return { ...context, timeoutSetting: this.#timeoutSetting };
  }
}

/** The progress of one request. */
class Attempts<T> {
  readonly request: CohereRequest<T>;
  readonly maxRetries: number;
  readonly keyUse: KeyUse;
  /** The key of the last attempt. */
  key: Secret | undefined;
  retries = 0;
  backoffs = 0;
  /** The kind of the last retry taken from the budget. */
  lastRetry: RetryKind | undefined;
  /** True if the node of the last attempt is draining: the next attempt uses a new connection. */
  leavesNode = false;
  lastDiagnosis: Diagnosis | undefined;
  /** The headers of the last 2xx response. */
  headers: ReceivedResponse['headers'] | undefined;
  readonly received = (headers: ReceivedResponse['headers']): void => {
    this.headers = headers;
  };

  constructor(request: CohereRequest<T>, maxRetries: number) {
    this.request = request;
    this.keyUse = request.keys.use(request.limited === true);
    this.maxRetries = request.repeatable === false ? 0 : (request.maxRetries ?? maxRetries);
  }
}

/** Returns the facts about the request and its key for a diagnosis. */
export function requestContext(
  {
    baseUrl,
    proxyVariable,
    secrets,
  }: Pick<CohereTransport, 'baseUrl' | 'proxyVariable' | 'secrets'>,
  operation: Operation,
  key: Secret | undefined,
  keyName: string,
): RequestContext {
  return {
    baseUrl,
    operation,
    proxyVariable,
    secrets: [...secretsOf(key), ...secrets],
    key:
      key === undefined
        ? undefined
        : { name: keyName, length: key.length, fingerprint: key.fingerprint },
  };
}

function toError(
  failure: unknown,
  diagnosis: Diagnosis,
  retryAfterMs: number | undefined,
): DiagnosedError {
  return failure instanceof DiagnosedError && failure.diagnosis === diagnosis
    ? failure
    : createError(diagnosis, retryAfterMs);
}

function retryAfter(failure: unknown): number | undefined {
  if (failure instanceof RateLimitError) {
    return failure.retryAfterMs;
  }
  return failure instanceof FailedResponse
    ? parseRetryAfter(failure.response.headers['retry-after'], Date.now())
    : undefined;
}
