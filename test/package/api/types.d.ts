/**
 * Every code a {@link Diagnosis} can carry. A code never changes its meaning; new ones may be added.
 *
 * @publicApi
 */
declare const DIAGNOSIS_CODES: readonly ("COHERE_API_KEY_MISSING" | "COHERE_API_KEY_MALFORMED" | "COHERE_API_KEY_PLACEHOLDER" | "COHERE_API_KEY_FOREIGN" | "COHERE_API_KEY_FILE_UNREADABLE" | "COHERE_API_KEY_SOURCE_FAILED" | "COHERE_API_KEY_REJECTED" | "COHERE_API_KEY_EXPIRED" | "COHERE_API_KEY_FORBIDDEN" | "COHERE_API_KEY_WRONG_ORGANIZATION" | "COHERE_API_KEY_TRIAL" | "COHERE_CONFIG_INVALID" | "COHERE_REQUEST_INVALID" | "COHERE_MODEL_NOT_FOUND" | "COHERE_RATE_LIMITED" | "COHERE_QUOTA_EXHAUSTED" | "COHERE_BILLING_REQUIRED" | "COHERE_UNREACHABLE" | "COHERE_BLOCKED" | "COHERE_UPSTREAM_ERROR" | "COHERE_RESPONSE_INVALID" | "COHERE_TIMEOUT")[];
/** @publicApi */
type DiagnosisCode = (typeof DIAGNOSIS_CODES)[number];

/**
 * The answer of Cohere, or of something between the app and Cohere. Never contains a secret.
 *
 * @publicApi
 */
interface UpstreamReply {
    /** The HTTP status, if a response arrived. */
    readonly status?: number | undefined;
    /** The message of the reply, shortened, with anything that looks like a credential removed. */
    readonly message?: string | undefined;
    /** Cohere's own id of the request (`x-debug-trace-id`, or `id` of the body), for a support ticket. */
    readonly requestId?: string | undefined;
}
/**
 * One problem, described so that a person can act on it. Every surface of this library
 * (boot report, exception filter, health check, command line, docs/errors.md) renders this record.
 *
 * @publicApi
 */
interface Diagnosis {
    /** Stable and documented in docs/errors.md. */
    readonly code: DiagnosisCode;
    /** One line. */
    readonly title: string;
    /** The title for clients of the app, where `title` may name a file. */
    readonly clientTitle?: string | undefined;
    /** The facts of this occurrence, never a secret. Empty if `title` and `key` contain them all. */
    readonly detail: string;
    /** Imperative steps, the most likely one first. */
    readonly fix: readonly string[];
    /** Steps for clients of the app: each one stands alone and names no host and no file. */
    readonly clientFix: readonly string[];
    /** Address of this code's section in docs/errors.md. */
    readonly docs: string;
    /** The HTTP status of the exception filter's answer. */
    readonly httpStatus: number;
    /**
     * True if the same call may succeed later without a change. The library's own retries are already spent; a caller
     * may repeat a call that timed out.
     */
    readonly retryable: boolean;
    /** sysexits.h: 78 configuration, 77 key rejected, 69 unavailable. */
    readonly exitCode: number;
    /** The key this is about: `COHERE_API_KEY, 40 characters, sha256:1f3a9c02`. Names its source, never shows it. */
    readonly key?: string | undefined;
    readonly upstream?: UpstreamReply | undefined;
}

/**
 * A limiter of rate-limiter-flexible - memory, Redis, Valkey, Postgres, Memcached and so on - or anything
 * of the same shape. All processes that use the same key with it share one budget.
 *
 * @publicApi
 */
interface RateLimiter {
    /**
     * Takes points of the budget of `key`.
     *
     * @throws an object that is not an Error, with `msBeforeNext`, when the budget is spent; an Error when
     *   the store fails
     */
    consume(key: string, points?: number): Promise<unknown>;
    /** Spends the whole budget of `key` for this many seconds. */
    block(key: string, seconds: number): Promise<unknown>;
    /** Length of a window in seconds. */
    readonly duration?: number;
    /** Makes `consume` itself wait, so that a slow response is not a failing store. */
    readonly execEvenly?: boolean;
    /** Counts while the store hangs; rate-limiter-flexible itself uses it while the store fails. */
    readonly insuranceLimiter?: Pick<RateLimiter, 'consume'> | undefined;
}
/**
 * The part of cache-manager's `Cache` that a score cache needs; `CACHE_MANAGER` of
 * `@nestjs/cache-manager` injects one.
 *
 * @publicApi
 */
interface ScoreStore {
    /** Returns one value per key, `undefined` for a missing one. */
    mget(keys: string[]): Promise<unknown[]>;
    /** `ttl` in milliseconds. */
    mset(list: {
        key: string;
        value: unknown;
        ttl?: number;
    }[]): Promise<unknown>;
}
/** @publicApi */
interface ScoreCacheOptions {
    /** cache-manager's `Cache`, version 6 or later, over any Keyv store. */
    readonly store: ScoreStore;
    /** The lifetime of a score in milliseconds, 1 to 31,536,000,000 (a year). */
    readonly ttlMs: number;
}

/**
 * The source of the API key: the key itself; a function that fetches it, called once at boot, again
 * after a 401 and on `reloadKey()`; a file, read again when it changes; an environment variable by
 * name; or `false` for a private deployment that needs none.
 *
 * @publicApi
 */
type ApiKeyOption = string | (() => string | Promise<string>) | {
    readonly file: string;
} | {
    readonly env: string;
} | false;
/**
 * The depth of the startup check.
 * - `off`: no check.
 * - `key`: checks the key (`POST /v1/check-api-key`). If another host than Cohere's refuses that, one rerank of one
 *   document decides, billed as one.
 * - `model`: also checks that the model exists and serves rerank (`GET /v1/models/{model}`); costs nothing.
 * - `rerank`: one real rerank of one document, the only proof that the key may rerank; billed as one.
 *
 * @publicApi
 */
type StartupCheckMode = 'off' | 'key' | 'model' | 'rerank';
/**
 * The startup check in full; `startupCheck: 'model'` is short for `{ mode: 'model' }`.
 *
 * @publicApi
 */
interface StartupCheckOptions {
    /** Default `'key'`. Environment: COHERE_STARTUP_CHECK. */
    readonly mode: StartupCheckMode;
    /** Deadline of the whole check in milliseconds, 1 to 60,000. Default 3,000. Environment: COHERE_STARTUP_CHECK_TIMEOUT_MS. */
    readonly timeoutMs?: number | undefined;
    /** The outcome of the boot when Cohere is unreachable. Default `'warn'`: the app starts. Environment: COHERE_STARTUP_CHECK_ON_UNREACHABLE. */
    readonly onUnreachable?: 'warn' | 'fail' | undefined;
    /** The verdict on a trial key. Default `'warn'`: the app starts. Environment: COHERE_STARTUP_CHECK_ON_TRIAL_KEY. */
    readonly onTrialKey?: 'warn' | 'fail' | undefined;
}
/**
 * Sends requests in place of the module's own connection pool: an `Agent`, `ProxyAgent` or composed dispatcher
 * of undici 6, 7 or 8. The parameters are those of undici's `Dispatcher.dispatch`, typed loosely because
 * they differ between majors of undici.
 *
 * @publicApi
 */
interface RequestDispatcher {
    dispatch(options: object, handler: object): boolean;
}
/**
 * Options of `CohereModule.forRoot` and `forRootAsync`. Options that are left out come from the environment,
 * then from the default.
 *
 * @publicApi
 */
interface CohereModuleOptions {
    /** Default: COHERE_API_KEY, or the file that COHERE_API_KEY_FILE names. */
    readonly apiKey?: ApiKeyOption | undefined;
    /** The header of the key. Default `authorization`, as a Bearer; any other, such as `api-key`, contains the key alone. Environment: COHERE_API_KEY_HEADER. */
    readonly apiKeyHeader?: string | undefined;
    /** The organization that the key must belong to; the boot fails with the key of another. Environment: COHERE_ORGANIZATION_ID. */
    readonly organizationId?: string | undefined;
    /**
     * Default `https://api.cohere.com`. A trailing `/v1`, `/v2` or slash is dropped. On another host than Cohere's, a
     * URL that ends in `/rerank` is the address that rerank is sent to. Environment: COHERE_BASE_URL.
     */
    readonly baseUrl?: string | undefined;
    /** Default `rerank-v5.0-fast`. Any id; Cohere decides. Environment: COHERE_RERANK_MODEL. */
    readonly model?: string | undefined;
    /** Deadline of one whole call - queue, attempts, waits, body - in milliseconds, 1 to 600,000. Default 10,000. Environment: COHERE_TIMEOUT_MS. */
    readonly timeoutMs?: number | undefined;
    /** Retries after the first attempt, 0 to 10. Default 2. Environment: COHERE_MAX_RETRIES. */
    readonly maxRetries?: number | undefined;
    /** Requests in flight at once per instance, 1 to 1,000. Default 16. Environment: COHERE_CONCURRENCY. */
    readonly concurrency?: number | undefined;
    /** Larger calls are split, 1 to 10,000. Default 1,000, Cohere's recommendation (https://docs.cohere.com/docs/reranking-best-practices). */
    readonly maxDocumentsPerRequest?: number | undefined;
    /** Default `'key'`. */
    readonly startupCheck?: StartupCheckMode | StartupCheckOptions | undefined;
    /** The outcome of a call that Cohere cannot rank: an error, or the documents in their original order. Default `'throw'`. */
    readonly onFailure?: 'throw' | 'original-order' | undefined;
    /** Sent as `X-Client-Name`. */
    readonly clientName?: string | undefined;
    /** Sent with every request. The header of the key and those of the body and the connection are refused. */
    readonly headers?: Readonly<Record<string, string>> | undefined;
    /** Used in place of the module's own connection pool; the app closes it. */
    readonly dispatcher?: RequestDispatcher | undefined;
    /** Lets telemetry contain the query and the documents. Default `false`. */
    readonly captureContent?: boolean | undefined;
    /** A shared budget of requests for all processes that use the key: any limiter of rate-limiter-flexible. */
    readonly rateLimiter?: RateLimiter | undefined;
    /** A store of scores; only documents without one are sent. */
    readonly scoreCache?: ScoreCacheOptions | undefined;
}
/**
 * The interface of the class that `useClass` and `useExisting` of `forRootAsync` name.
 *
 * @publicApi
 */
interface CohereOptionsFactory {
    createCohereOptions(): CohereModuleOptions | Promise<CohereModuleOptions>;
}
/**
 * The environment variables of the module after {@link cohereEnvSchema}, with numbers as numbers.
 *
 * @publicApi
 */
interface CohereEnv {
    readonly COHERE_API_KEY?: string;
    readonly COHERE_API_KEY_FILE?: string;
    readonly COHERE_API_KEY_HEADER?: string;
    readonly COHERE_ORGANIZATION_ID?: string;
    readonly COHERE_BASE_URL?: string;
    readonly COHERE_RERANK_MODEL?: string;
    readonly COHERE_TIMEOUT_MS?: number;
    readonly COHERE_MAX_RETRIES?: number;
    readonly COHERE_CONCURRENCY?: number;
    readonly COHERE_STARTUP_CHECK?: StartupCheckMode;
    readonly COHERE_STARTUP_CHECK_TIMEOUT_MS?: number;
    readonly COHERE_STARTUP_CHECK_ON_UNREACHABLE?: 'warn' | 'fail';
    readonly COHERE_STARTUP_CHECK_ON_TRIAL_KEY?: 'warn' | 'fail';
}

/**
 * Cohere's verdict on a key. `rejected` is certain; `undetermined` means that Cohere could not be asked
 * or gave no verdict (network, timeout, rate limit, server error).
 *
 * @publicApi
 */
interface KeyStatus {
    readonly verdict: 'valid' | 'rejected' | 'undetermined';
    /** Present unless the verdict is `valid`. */
    readonly diagnosis?: Diagnosis;
    /** The organization of the key, if the deployment returns it. */
    readonly organizationId?: string;
    /** True if a response carried Cohere's headers for trial keys; otherwise absent. */
    readonly isTrial?: boolean;
}

/**
 * Base of every error this library throws. `message` is the diagnosis' title, `diagnosis` the whole
 * record. It has no enumerable properties and no `cause`, because both would be printed, and the
 * cause of an HTTP error can contain a key.
 *
 * @example
 * ```ts
 * catch (error) {
 *   if (error instanceof DiagnosedError && error.diagnosis.retryable) { … }
 * }
 * ```
 * @publicApi
 */
declare abstract class DiagnosedError extends Error {
    #private;
    constructor(diagnosis: Diagnosis);
    get diagnosis(): Diagnosis;
    get code(): DiagnosisCode;
    toJSON(): Diagnosis & {
        readonly name: string;
    };
    static [Symbol.hasInstance](this: {
        readonly prototype: object;
    }, value: unknown): boolean;
}
/**
 * The API key is missing, malformed, or was refused by Cohere. The exception filter answers 401.
 *
 * @publicApi
 */
declare class AuthenticationError extends DiagnosedError {
}
/**
 * One or more settings are wrong. Every problem of the configuration is in `problems`, not only the first.
 *
 * @publicApi
 */
declare class ConfigurationError extends DiagnosedError {
    #private;
    /** @param problems at least one; the first is the error's own `diagnosis` unless one is given */
    constructor(diagnosis: Diagnosis, problems?: readonly Diagnosis[]);
    get problems(): readonly Diagnosis[];
}
/**
 * The call itself cannot succeed: an argument is wrong, or the model does not exist.
 *
 * @publicApi
 */
declare class InvalidRequestError extends DiagnosedError {
}
/**
 * Too many requests per minute, and no retry fit into the deadline.
 *
 * @publicApi
 */
declare class RateLimitError extends DiagnosedError {
    #private;
    constructor(diagnosis: Diagnosis, retryAfterMs?: number);
    /** The retry delay that the server sent, in milliseconds, if any. */
    get retryAfterMs(): number | undefined;
}
/**
 * The account's monthly quota is used up, or billing blocks it; waiting a minute does not help.
 *
 * @publicApi
 */
declare class QuotaError extends DiagnosedError {
}
/**
 * Cohere could not be reached, failed, or returned a response that is not valid.
 *
 * @publicApi
 */
declare class UnavailableError extends DiagnosedError {
    #private;
    constructor(diagnosis: Diagnosis, retryAfterMs?: number);
    /** The retry delay that the server sent, in milliseconds, if any. */
    get retryAfterMs(): number | undefined;
}
/**
 * The deadline of the whole call (`timeoutMs`) passed before there was an answer.
 *
 * @publicApi
 */
declare class TimeoutError extends DiagnosedError {
}

/**
 * One rerank call. Names are those of the `cohere-ai` SDK, so Cohere's documentation applies
 * (https://docs.cohere.com/reference/rerank).
 *
 * @publicApi
 */
interface RerankRequest<T extends string | object> {
    /** The text to search for; not blank. */
    readonly query: string;
    /** Texts, or objects. Objects are sent as YAML with their key order kept, unless `toText` is given. Never changed. */
    readonly documents: readonly T[];
    /** The number of results, a whole number from 1; more than there are documents means all. Default all. */
    readonly topN?: number | undefined;
    /** Default: the module's model. */
    readonly model?: string | undefined;
    /** The length at which Cohere cuts a document off, in tokens, from 1. Cohere's default is 4,096. */
    readonly maxTokensPerDoc?: number | undefined;
    /** 0 to 999; lower is served sooner under load. Cohere's default is 0. */
    readonly priority?: number | undefined;
    /** The text to rank a document by. */
    readonly toText?: ((document: T, index: number) => string) | undefined;
    /** Results below this score are left out, 0 to 1; applied before `topN`. */
    readonly minRelevanceScore?: number | undefined;
    /** Requests the passages that made a document relevant (Rerank 5). `maxSpans` from 1, `threshold` 0 to 1. */
    readonly relevantSpans?: boolean | {
        readonly maxSpans?: number | undefined;
        readonly threshold?: number | undefined;
    } | undefined;
}
/**
 * Options of one call.
 *
 * @publicApi
 */
interface RerankCallOptions {
    /** Ends the call at once; the signal's own reason is thrown. */
    readonly signal?: AbortSignal | undefined;
    /** Deadline of the whole call in milliseconds, 1 to 600,000. Default: the module's. */
    readonly timeoutMs?: number | undefined;
    /** Retries after the first attempt, 0 to 10. Default: the module's. */
    readonly maxRetries?: number | undefined;
    /**
     * The response to a call that Cohere cannot rank: an error, or the documents in their own order with
     * `degraded` set. Default: the module's, `'throw'`. `rerankEach` ignores it.
     */
    readonly onFailure?: 'throw' | 'original-order' | undefined;
}
/**
 * A passage of a document, in UTF-16 offsets of the text that was sent: `text` is
 * `sent.slice(start, end)`.
 *
 * @publicApi
 */
interface RelevantSpan {
    readonly start: number;
    readonly end: number;
    readonly score?: number;
    readonly text: string;
}
/** @publicApi */
interface RerankResult<T extends string | object> {
    /** The caller's own object or string. */
    readonly document: T;
    /** Its index in `documents` of the request. */
    readonly index: number;
    /** 0 to 1, higher is more relevant. */
    readonly relevanceScore: number;
    readonly relevantSpans?: readonly RelevantSpan[];
}
/** @publicApi */
interface RerankUsage {
    /** Billed search units, summed over all requests; absent if Cohere sent none. */
    readonly searchUnits?: number;
    /** Billed input tokens, summed over all requests; absent if Cohere sent none. */
    readonly inputTokens?: number;
    /**
     * Documents that were not sent, because their score was in `scoreCache`. Absent without that option, and for calls
     * that bypass it.
     */
    readonly cachedDocuments?: number;
    /** HTTP requests with a ranking as their response. */
    readonly requests: number;
    /** Attempts beyond the first of each request. */
    readonly retries: number;
}
/** @publicApi */
interface RerankResponse<T extends string | object> {
    /** The results in descending score, ties by index. */
    readonly results: readonly RerankResult<T>[];
    readonly model: string;
    /** Cohere's ids of the responses, one per request that had one. */
    readonly ids: readonly string[];
    readonly usage: RerankUsage;
    /** Warnings of Cohere, each once. */
    readonly warnings: readonly string[];
    /** The reason why the results are in the order of the request, with scores of 0. Only with `onFailure: 'original-order'`. */
    readonly degraded?: Diagnosis;
}

/**
 * The outcome of one request of `rerankEach`: its `response`, or the `error` it failed with.
 *
 * @publicApi
 */
type RerankOutcome<T extends string | object> = {
    /** The index of the request in the input, from 0. */
    readonly index: number;
    readonly response: RerankResponse<T>;
    readonly error?: undefined;
} | {
    readonly index: number;
    readonly error: DiagnosedError;
    readonly response?: undefined;
};
/** @publicApi */
interface RerankProgress {
    /** Requests that have an outcome, failed ones included. */
    readonly finished: number;
    readonly failed: number;
}
/** @publicApi */
interface RerankEachOptions extends RerankCallOptions {
    /** Requests of this run at the same time, 1 to 1,000. Default: the module's `concurrency`. */
    readonly concurrency?: number | undefined;
    /** Called once per outcome, before it is yielded. */
    readonly onProgress?: ((progress: RerankProgress) => void) | undefined;
}

/**
 * The options of `checkKey`.
 *
 * @publicApi
 */
interface CheckKeyOptions {
    /** The depth of the check, as with `startupCheck`. Default `'key'`. */
    readonly mode?: Exclude<StartupCheckMode, 'off'> | undefined;
    /** Deadline of the whole check in milliseconds, 1 to 600,000. Default: the module's. */
    readonly timeoutMs?: number | undefined;
    /** Default: the module's. */
    readonly maxRetries?: number | undefined;
    readonly signal?: AbortSignal | undefined;
}
/**
 * Ranks documents by their relevance to a query.
 *
 * @example
 * ```ts
 * constructor(private readonly rerank: RerankService) {}
 *
 * const { results } = await this.rerank.rerank({ query, documents: articles, topN: 5 });
 * return results.map(({ document }) => document);
 * ```
 * @publicApi
 */
declare class RerankService {
    #private;
    /**
     * Ranks the documents of one request. Any number of documents gives one exact ranking.
     *
     * @throws InvalidRequestError when an argument is wrong, found before sending or by Cohere
     * @throws AuthenticationError when Cohere refuses the key, RateLimitError, QuotaError, UnavailableError,
     *   TimeoutError; with `onFailure: 'original-order'` the response has the documents in their own order, and the
     *   cause as `degraded`, instead
     * @throws the reason of `options.signal` when it aborts
     */
    rerank<T extends string | object>(request: RerankRequest<T>, options?: RerankCallOptions): Promise<RerankResponse<T>>;
    /**
     * Ranks many requests, some at a time, with flat memory. A request that fails does not stop the
     * others: its outcome holds the error. Outcomes are yielded in the order in which they finish; `index` is
     * that of the request.
     *
     * A rate limit pauses the whole run until it lifts, five minutes at a time at most; then the request is sent again.
     *
     * @throws InvalidRequestError at once when an option is wrong; while iterating, the reason of
     *   `options.signal` when it aborts, what reading the input or `onProgress` throws, and, once all outcomes have
     *   been handed out, the first error that every other request would meet: the key is refused
     *   (AuthenticationError), the account has no quota or no billing (QuotaError), the app is closing
     *   (UnavailableError, retryable). No further input is read then
     * @example
     * ```ts
     * for await (const { index, response, error } of rerank.rerankEach(requests)) { … }
     * ```
     */
    rerankEach<T extends string | object>(requests: Iterable<RerankRequest<T>> | AsyncIterable<RerankRequest<T>>, options?: RerankEachOptions): AsyncGenerator<RerankOutcome<T>, void, undefined>;
    /**
     * Returns a service for another key of the same deployment: that of a tenant, or of one request. It shares
     * connections, concurrency and settings, but no state of a key. Cheap to create.
     *
     * @throws AuthenticationError when there is no value, or one that cannot be an API key
     */
    forKey(apiKey: string): RerankService;
    /**
     * Checks the key with Cohere now. Costs nothing, except with mode `rerank`; on other hosts a refusal by a
     * check route is confirmed with one rerank.
     *
     * @throws nothing but the reason of `options.signal`, and InvalidRequestError when an option is wrong
     */
    checkKey(options?: CheckKeyOptions): Promise<KeyStatus>;
    /**
     * Reads the source of the key again now, including the `.env` file of a variable, and clears a refusal. With
     * `forKey` there is no source to read.
     *
     * @throws AuthenticationError when no usable key is there; the last good one stays in use
     */
    reloadKey(): Promise<void>;
}
/**
 * Returns the injection token of an instance: `RerankService` itself, or that of the named one.
 *
 * @publicApi
 */
declare function getRerankToken(name?: string): typeof RerankService | string;

export { AuthenticationError, ConfigurationError, DIAGNOSIS_CODES, DiagnosedError, InvalidRequestError, QuotaError, RateLimitError, RerankService, TimeoutError, UnavailableError, getRerankToken };
export type { ApiKeyOption, CheckKeyOptions, CohereEnv, CohereModuleOptions, CohereOptionsFactory, Diagnosis, DiagnosisCode, KeyStatus, RateLimiter, RelevantSpan, RequestDispatcher, RerankCallOptions, RerankEachOptions, RerankOutcome, RerankProgress, RerankRequest, RerankResponse, RerankResult, RerankUsage, ScoreCacheOptions, ScoreStore, StartupCheckMode, StartupCheckOptions, UpstreamReply };
