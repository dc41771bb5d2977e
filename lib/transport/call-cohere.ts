import type { Secret } from '../config/api-key/secret.js';
import { diagnoseTimeout, type TimeoutPhase } from '../diagnosis/diagnose-timeout.js';
import { CATALOGUE, type RetryKind } from '../diagnosis/catalogue.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { createError, DiagnosedError, RateLimitError } from '../diagnosis/errors.js';
import type { Operation } from '../diagnosis/operation.interface.js';
import type { RequestContext } from '../diagnosis/request-context.js';
import { abortable, wait } from './abortable.js';
import type { KeyAnswer, KeyRenewal } from './api-key-holder.js';
import {
  diagnoseAttempt,
  secretsOf,
  FailedResponse,
  InterruptedAttempt,
  readKeyValidity,
  TooLate,
} from './attempt-failure.js';
import { CallScope, type CallScopeOptions } from './call-scope.js';
import type { CohereTransport } from './cohere-transport.js';
import type { RateLimit } from './rate-limit.js';
import { parseRetryAfter, retryDelay } from './retry.js';

const KEY_CHECK: Operation = {
  method: 'POST',
  path: '/v1/check-api-key',
  name: 'the key check',
};
/** How long the question whether a key is good may take, its one retry included. */
const QUESTION_MS = 5_000;
/** A source that gives a new key at each reading, each of them refused, is asked ever more slowly. */
const UNHURRIED_RENEWALS = 3;

export interface CallOptions extends CallScopeOptions {
  readonly transport: CohereTransport;
  /** Retries of each of its requests. */
  readonly maxRetries: number;
  /** The setting its deadline comes from, where that is not COHERE_TIMEOUT_MS. */
  readonly timeoutSetting?: string | undefined;
}

/** The key that requests carry, and what is known of it; `ApiKeyHolder` is one. */
export interface CallKeys {
  readonly current: Secret | undefined;
  /** How a diagnosis names the key. */
  readonly sourceName: string;
  /** Why the key in use is refused; a call fails with it at once. */
  readonly rejection?: Diagnosis | undefined;
  /** Reads the source again if the key may have changed, and it is time to look. */
  refresh?(): Promise<void> | undefined;
  /** Whether it is time for one call to ask again about a key that was refused; true for that one only. */
  claimQuestion?(): boolean;
  /** What to do about a key that was refused. */
  renew?(refused: Secret, diagnosis: Diagnosis, ask: Ask): Promise<KeyRenewal>;
  /** Remembers a refusal that nothing speaks against. */
  reject?(refused: Secret, diagnosis: Diagnosis): void;
  /** Cohere accepted the key. */
  accept?(key: Secret): void;
}

type Ask = (key: Secret) => Promise<KeyAnswer>;

/** A key that is what it is: for a probe, which reports about it instead of renewing it. */
export function fixedKey(current: Secret | undefined, sourceName: string): CallKeys {
  return { current, sourceName };
}

/** One request of a call, as often as it takes. */
export interface CohereRequest<T> {
  readonly keys: CallKeys;
  readonly operation: Operation;
  /** Whether it counts against the limit of requests in flight. Probes and the injected client do not. */
  readonly limited?: boolean | undefined;
  /** Whether it takes a point of the app's rate limiter: all but the questions about a key and a model. */
  readonly counts?: boolean | undefined;
  /** False for an upload, which is gone once it has been sent. Default true. */
  readonly repeatable?: boolean | undefined;
  /** Default: that of the call. */
  readonly maxRetries?: number | undefined;
  /** Whether a deadline is reported as what went wrong before it, for callers that need the cause. */
  readonly reportsLastFailure?: boolean | undefined;
  /** One HTTP request and its answer. It ends when the scope does. */
  readonly attempt: (key: Secret | undefined, scope: CallScope) => Promise<T>;
}

export interface Attempted<T> {
  readonly value: T;
  /** Attempts beyond the first. */
  readonly retries: number;
}

/**
 * One call to Cohere, of one request or many: for rerank, for the probes of a key and for the injected
 * client. It owns the deadline, the queue, the attempts and their retries, the renewal of the key, and the
 * diagnosis of what fails.
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

  get isStreaming(): boolean {
    return this.#isStreaming;
  }

  /** The answer is a stream: the deadline ends here, and the caller closes the scope when the stream ends. */
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
    const refreshing = request.keys.refresh?.();
    if (refreshing !== undefined) {
      await this.#until(attempts, 'key', refreshing);
    }
    const { rejection } = request.keys;
    if (rejection !== undefined) {
      await this.#askAgain(attempts, rejection);
    }
    for (;;) {
      let hasTurn = false;
      // A key whose budget is spent must keep no other key from its turn, so that the wait for a point comes
      // first; the point itself comes with the turn.
      if (request.counts === true && this.#transport.rateLimit !== undefined) {
        // One attempt after another.
        // oxlint-disable-next-line no-await-in-loop
        hasTurn = await this.#takePoint(attempts, this.#transport.rateLimit);
      }
      try {
        // oxlint-disable-next-line no-await-in-loop
        const value = await this.#attemptInTurn(attempts, hasTurn);
        this.#transport.retryBudget.succeeded(attempts.lastRetry, attempts.key);
        if (attempts.key !== undefined) {
          request.keys.accept?.(attempts.key);
        }
        return { value, retries: attempts.retries };
      } catch (failure) {
        const diagnosis = this.#diagnose(attempts, failure);
        const isAnswered =
          CATALOGUE[diagnosis.code].keyRefused && (await this.#renewKey(attempts, diagnosis));
        if (!isAnswered) {
          await this.#backOff(attempts, failure, diagnosis);
        }
      }
      attempts.retries += 1;
    }
  }

  async #takePoint<T>(attempts: Attempts<T>, rateLimit: RateLimit): Promise<boolean> {
    const { keys, limited } = attempts.request;
    try {
      return await rateLimit.takePoint(keys.current, this.scope, limited);
    } catch (reason) {
      this.#throwIfEnded(attempts, 'queue', reason);
      throw reason;
    }
  }

  /** Waits for its turn, then sends. */
  async #attemptInTurn<T>(attempts: Attempts<T>, hasTurn: boolean): Promise<T> {
    if (attempts.request.limited !== true) {
      return this.#attempt(attempts);
    }
    const { concurrency } = this.#transport;
    if (!hasTurn && !concurrency.tryAcquire()) {
      await concurrency.acquire(this.scope);
    }
    return concurrency.hold(this.scope, () => this.#attempt(attempts));
  }

  #attempt<T>(attempts: Attempts<T>): Promise<T> {
    const { keys, attempt } = attempts.request;
    // Others may have learnt it while this one waited for its turn.
    if (keys.rejection !== undefined && !attempts.isQuestion) {
      throw refused(keys.rejection);
    }
    // The timer of a deadline may be late, also because of the very load that made the call wait.
    if (this.scope.remainingMs <= 0) {
      throw new TooLate();
    }
    attempts.key = keys.current;
    return attempt(attempts.key, this.scope);
  }

  /** @throws what the call was ended with, where that is why the attempt failed */
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
    attempts.lastRetry = kind;
  }

  /**
   * Another key in its place is followed, as often as it changes; a refusal that Cohere does not stand by is
   * tried once more.
   *
   * @returns whether to send the request again now
   */
  async #renewKey<T>(attempts: Attempts<T>, diagnosis: Diagnosis): Promise<boolean> {
    const { key, request } = attempts;
    const { keys, repeatable = true } = request;
    if (keys.renew === undefined || key === undefined || keys.rejection !== undefined) {
      return false;
    }
    const ask: Ask = (asked) => askAboutKey(this.#transport, asked, keys.sourceName);
    const renewal = await this.#until(attempts, 'key', keys.renew(key, diagnosis, ask));
    switch (renewal) {
      case 'changed':
        attempts.doubted = undefined;
        attempts.renewals += 1;
        await this.#paceRenewals(attempts);
        return repeatable;
      case 'spurious':
      case 'unconfirmed':
        if (attempts.doubted === undefined) {
          attempts.doubted = renewal;
          return repeatable;
        }
        if (attempts.doubted === 'unconfirmed') {
          keys.reject?.(key, diagnosis);
        }
        return false;
      case 'refused':
        return false;
      default:
        return renewal satisfies never;
    }
  }

  async #paceRenewals<T>(attempts: Attempts<T>): Promise<void> {
    const beyond = attempts.renewals - UNHURRIED_RENEWALS;
    if (beyond > 0) {
      const delay = Math.min(1_000, 50 * 2 ** beyond);
      if (delay > this.scope.remainingMs && attempts.lastDiagnosis !== undefined) {
        throw createError(attempts.lastDiagnosis);
      }
      await this.#until(attempts, 'key', wait(delay, this.scope));
    }
  }

  /** One call now and then asks whether the key is still refused; where that cannot be asked, by trying. */
  async #askAgain<T>(attempts: Attempts<T>, rejection: Diagnosis): Promise<void> {
    const { keys } = attempts.request;
    const { current: key } = keys;
    if (key === undefined || keys.claimQuestion?.() !== true) {
      throw refused(rejection);
    }
    const question = askAboutKey(this.#transport, key, keys.sourceName);
    const answer = await this.#until(attempts, 'key', question);
    if (answer === 'valid') {
      keys.accept?.(key);
    } else if (answer === 'refused') {
      throw refused(rejection);
    }
    attempts.isQuestion = answer === 'unknown';
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
    const context = requestContext(
      this.#transport,
      operation,
      key ?? keys.current,
      keys.sourceName,
    );
    return { ...context, timeoutSetting: this.#timeoutSetting };
  }
}

/** How far one request has come. */
class Attempts<T> {
  readonly request: CohereRequest<T>;
  readonly maxRetries: number;
  /** The key of the last attempt. */
  key: Secret | undefined;
  retries = 0;
  backoffs = 0;
  /** The kind of the last retry that was paid for. */
  lastRetry: RetryKind | undefined;
  /** How often another key took the place of one that was refused. */
  renewals = 0;
  /** The key was refused, and that was not believed. */
  doubted: 'spurious' | 'unconfirmed' | undefined;
  /** It is sent with a refused key, to learn whether that is still so. */
  isQuestion = false;
  lastDiagnosis: Diagnosis | undefined;

  constructor(request: CohereRequest<T>, maxRetries: number) {
    this.request = request;
    this.maxRetries = request.repeatable === false ? 0 : (request.maxRetries ?? maxRetries);
  }
}

/** What Cohere itself says of a key that a request was refused with. Never throws. */
async function askAboutKey(
  transport: CohereTransport,
  key: Secret,
  keyName: string,
): Promise<KeyAnswer> {
  try {
    await callCohere({ transport, timeoutMs: QUESTION_MS, maxRetries: 1 }, (call) =>
      call.request(keyCheckRequest(transport, fixedKey(key, keyName))),
    );
    return 'valid';
  } catch (error) {
    return error instanceof DiagnosedError && CATALOGUE[error.code].aboutKey
      ? 'refused'
      : 'unknown';
  }
}

/** Whether the key is valid; only the word of Cohere counts, not the status 200. */
export function keyCheckRequest(transport: CohereTransport, keys: CallKeys): CohereRequest<void> {
  return {
    keys,
    operation: KEY_CHECK,
    reportsLastFailure: true,
    attempt: async (key, signal) => {
      const response = await transport.send({
        method: KEY_CHECK.method,
        path: KEY_CHECK.path,
        authorization: authorization(key),
        signal,
      });
      readKeyValidity(response, requestContext(transport, KEY_CHECK, key, keys.sourceName));
    },
  };
}

/** The header that carries the key. The one line in which a key is unwrapped for a request. */
export function authorization(key: Secret | undefined): string | undefined {
  return key === undefined ? undefined : `Bearer ${key.reveal()}`;
}

/** What a diagnosis says about the request and its key. */
export function requestContext(
  { baseUrl, proxy, secrets }: Pick<CohereTransport, 'baseUrl' | 'proxy' | 'secrets'>,
  operation: Operation,
  key: Secret | undefined,
  keyName: string,
): RequestContext {
  return {
    baseUrl,
    operation,
    proxy,
    secrets: [...secretsOf(key), ...secrets],
    key:
      key === undefined
        ? undefined
        : { name: keyName, length: key.length, fingerprint: key.fingerprint },
  };
}

function refused(rejection: Diagnosis): DiagnosedError {
  const detail = `${rejection.detail} Cohere confirmed that it refuses this key, and is asked again every 5 seconds.`;
  return createError({ ...rejection, detail });
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
