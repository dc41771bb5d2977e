import { RerankService, CohereModuleOptions, DiagnosisCode } from './index.js';
import { DynamicModule } from '@nestjs/common';

/**
 * The states of a key.
 * - `active`: everything, limited only by its own `rateLimit`.
 * - `trial`: everything, up to 10 reranks a minute and 1,000 calls a month.
 * - `expired`: 401 with Cohere's text for expired keys.
 * - `revoked`: 401 `invalid api token`, as for a key that never existed.
 * - `no-rerank`: a valid key whose reranks are refused with 403.
 * - `unpaid`: a valid key whose reranks are refused with 402.
 *
 * @publicApi
 */
declare const KEY_STATES: readonly ["active", "trial", "expired", "revoked", "no-rerank", "unpaid"];
/**
 * The state of a key; see `KEY_STATES`.
 *
 * @publicApi
 */
type KeyState = (typeof KEY_STATES)[number];
/**
 * The reranks that a key may make. The window slides: at no moment have more than `requests` been accepted
 * within the last `perMs` milliseconds. Further requests get a 429 and do not count.
 *
 * @publicApi
 */
interface KeyRateLimit {
    /** Reranks in any window: a whole number from 1. */
    readonly requests: number;
    /** Length of the window in milliseconds, above 0. */
    readonly perMs: number;
    /** Adds a `Retry-After` in whole seconds to the 429. We have not seen Cohere send one. Default false. */
    readonly retryAfter?: boolean | undefined;
}
/**
 * A key of the emulator.
 *
 * @publicApi
 */
interface EmulatedKey {
    /** The state of the key. Default `active`. */
    readonly state?: KeyState | undefined;
    /** Its own rate limit, in addition to those of a trial key. Default: none. */
    readonly rateLimit?: KeyRateLimit | undefined;
    /**
     * The organization that `/v1/check-api-key` names. Default: the same id for every key. `null`: the response names
     * none, as Cohere's reference allows.
     */
    readonly organizationId?: string | null | undefined;
}
/**
 * One key per state, the same in every emulator and every process. They work nowhere else.
 *
 * @publicApi
 */
interface ReadyMadeKeys {
    /** The active key: everything is allowed. */
    readonly active: string;
    /** The trial key: everything is allowed, up to 10 reranks a minute and 1,000 calls a month. */
    readonly trial: string;
    /** 401 `Your API key has expired. …` */
    readonly expired: string;
    /** 401 `invalid api token` */
    readonly revoked: string;
    /** Passes the key check; a rerank is refused with 403. */
    readonly noRerank: string;
    /** Passes the key check; a rerank is refused with 402. */
    readonly unpaid: string;
}
/**
 * Additional keys: each with its state, or with a state, a rate limit and an organization, or a list of keys that are
 * all active.
 *
 * @publicApi
 */
type KeyList = Readonly<Record<string, KeyState | EmulatedKey>> | readonly string[];

/**
 * Scores one document, 0 to 1, instead of the emulator's ranking by common words. `index` is its position in the
 * request.
 *
 * @publicApi
 */
type ScoreFunction = (query: string, document: string, index: number) => number;

/**
 * A rerank model of the emulator, built-in or additional.
 *
 * @publicApi
 */
interface EmulatorModel {
    /** The model id. */
    readonly name: string;
    /** The value of `is_deprecated` in `/v1/models`. Default: left out, as in recorded responses. */
    readonly isDeprecated?: boolean | undefined;
}

/**
 * The response of `/v1/check-api-key` to an invalid key: 401, or 200 with `{ "valid": false }`.
 *
 * @publicApi
 */
type InvalidKeyAnswer = 'unauthorized' | 'valid-false';

/**
 * One request as the emulator received it. It has the fingerprint of the key, never the key.
 *
 * @publicApi
 */
interface RecordedRequest {
    /** The HTTP method, such as `POST`. */
    readonly method: string;
    /** The path, without the query string. */
    readonly path: string;
    /** The query string without `?`; empty when there is none. */
    readonly query: string;
    /** `sha256:1f3a9c02`, or `undefined` when the request had no key. */
    readonly fingerprint: string | undefined;
    /** The headers without `authorization`, `proxy-authorization` and `cookie`; names in lower case. */
    readonly headers: Readonly<Record<string, string>>;
    /** The parsed JSON body, or its text when it is not JSON; `undefined` when there is none. */
    readonly body: unknown;
    /** The time of arrival by the emulator's clock, in milliseconds. */
    readonly at: number;
    /** The status of the response; `undefined` before it, and if the connection broke first. */
    readonly status: number | undefined;
    /** The time from arrival to the end of the response, in milliseconds; `undefined` until then. */
    readonly durationMs: number | undefined;
}
/**
 * Counts of the requests since the start, or since `clearRequests()`.
 *
 * @publicApi
 */
interface RequestCounters {
    /** All requests. */
    readonly requests: number;
    /** The number of requests by path, such as `/v2/rerank`. */
    readonly byPath: Readonly<Record<string, number>>;
    /** The number of responses by status. */
    readonly byStatus: Readonly<Record<number, number>>;
    /** The number of 429s for a key over its limit, trial limits included; faults do not count. */
    readonly rateLimited: number;
}

/**
 * A failure of one request. `at: 'headers'` means before anything is sent, `at: 'body'` after the status,
 * the headers and half of the body.
 *
 * @publicApi
 */
type EmulatorFault = StatusFault | LatencyFault | HangFault | ResetFault | TruncateFault | HtmlFault | NonJsonFault | WrongShapeFault;
/**
 * An error in the shape of Cohere's errors.
 *
 * @publicApi
 */
interface StatusFault {
    readonly kind: 'status';
    /** The HTTP status. */
    readonly status: number;
    /** The message. Default: the text that Cohere documents for the status, if any. */
    readonly message?: string;
    /** Sent as `Retry-After`: seconds, or an HTTP date. */
    readonly retryAfter?: number | string;
    /** Additional response headers. */
    readonly headers?: Readonly<Record<string, string>>;
}
/**
 * The normal response, delayed.
 *
 * @publicApi
 */
interface LatencyFault {
    readonly kind: 'latency';
    /** The delay in milliseconds. */
    readonly ms: number;
}
/**
 * No response, or an incomplete one, until the caller gives up or the emulator stops.
 *
 * @publicApi
 */
interface HangFault {
    readonly kind: 'hang';
    /** The point of the response at which it fails. Default `headers`. */
    readonly at?: 'headers' | 'body';
}
/**
 * A connection reset (TCP RST).
 *
 * @publicApi
 */
interface ResetFault {
    readonly kind: 'reset';
    /** The point of the response at which it fails. Default `headers`. */
    readonly at?: 'headers' | 'body';
}
/**
 * A connection that closes after half of the announced body.
 *
 * @publicApi
 */
interface TruncateFault {
    readonly kind: 'truncate';
}
/**
 * An HTML page instead of JSON, such as an edge server or a captive portal sends.
 *
 * @publicApi
 */
interface HtmlFault {
    readonly kind: 'html';
    /** The HTTP status. Default 403. */
    readonly status?: number;
}
/**
 * A body that claims to be JSON and is not.
 *
 * @publicApi
 */
interface NonJsonFault {
    readonly kind: 'non-json';
    /** The HTTP status. Default 200. */
    readonly status?: number;
    /** Default: the normal response without its end. */
    readonly body?: string;
}
/**
 * Valid JSON that is not a valid rerank response.
 *
 * @publicApi
 */
interface WrongShapeFault {
    readonly kind: 'wrong-shape';
    /** The defect. */
    readonly shape: 'index-out-of-range' | 'duplicate-index' | 'missing-results' | 'missing-score' | 'empty-object';
}
/**
 * Selects the requests that a fault applies to.
 *
 * @publicApi
 */
interface FaultOptions {
    /** The number of requests, from 1; `Infinity` until `clearFaults()`. Default 1. */
    readonly times?: number | undefined;
    /** Only requests of this path, such as `/v2/rerank`. */
    readonly path?: string | undefined;
    /** Only requests for which this is true. */
    readonly when?: ((request: RecordedRequest) => boolean) | undefined;
}

/**
 * Options of `CohereEmulator.start`.
 *
 * @publicApi
 */
interface EmulatorOptions {
    /** The port to listen on, 0 to 65535. Default 0: any free port. */
    readonly port?: number | undefined;
    /** The address to listen on. Default 127.0.0.1, which other machines cannot reach. */
    readonly host?: string | undefined;
    /** Keys in addition to the ready-made ones: each with its state, or a list of keys that are all `active`. */
    readonly keys?: KeyList | undefined;
    /** The header of the key. Default `authorization`, as a Bearer; any other, such as `api-key`, has the key alone. */
    readonly apiKeyHeader?: string | undefined;
    /** Minimum delay of every response, in milliseconds. Default 0. */
    readonly latencyMs?: number | undefined;
    /** Scores the documents, 0 to 1, instead of the words that they share with the query. */
    readonly score?: ScoreFunction | undefined;
    /** The current time in milliseconds, for rate limits and recorded requests. Default `Date.now`. */
    readonly clock?: (() => number) | undefined;
    /** Additional rerank models by id, such as those of a private deployment, or built-in ones marked as deprecated. */
    readonly models?: readonly (string | EmulatorModel)[] | undefined;
    /**
     * The response of `/v1/check-api-key` to an invalid key: status 401 (default), or status 200 with
     * `{ "valid": false }`. Cohere's reference allows both.
     */
    readonly invalidKeyAnswer?: InvalidKeyAnswer | undefined;
    /**
     * Makes `/v2/rerank` accept `return_documents` and return the documents, as until November 2024. Clients of that
     * time send it, such as `cohere-ai` 7.14 to 7.17. Default false: 422, as documented.
     */
    readonly acceptLegacyFields?: boolean | undefined;
    /** Called with each request once it has been answered or its connection has closed. */
    readonly onRequest?: ((request: RecordedRequest) => void) | undefined;
}
/**
 * Emulates Cohere: a real HTTP server on this machine that answers rerank, key check and models like Cohere.
 * It provides a key for every state, injects failures, and needs neither a network nor an account.
 *
 * @example
 * ```ts
 * const emulator = await CohereEmulator.start();
 * const cohere = new CohereClientV2({ token: emulator.keys.active, environment: emulator.url });
 * …
 * emulator.setKey(emulator.keys.active, 'revoked'); // from now on: 401 invalid api token
 * await emulator.stop();
 * ```
 * @publicApi
 */
declare class CohereEmulator {
    #private;
    /** Ready-made keys, one per state, the same in every emulator. `setKey` changes their state. */
    readonly keys: ReadyMadeKeys;
    private constructor();
    /**
     * Starts an emulator and resolves once it listens.
     *
     * @throws RangeError for a key with an unknown state or an invalid rate limit, and for an invalid `latencyMs`
     * @throws Error Node's own (`EADDRINUSE`, …) when it cannot listen on the address
     */
    static start(options?: EmulatorOptions): Promise<CohereEmulator>;
    /** The base URL for a client, such as `http://127.0.0.1:34769`. */
    get url(): string;
    /** The port it listens on, also after `stop()`. */
    get port(): number;
    /** The latest requests in order of arrival: at most 10,000, and at most 64 MiB of bodies. */
    get requests(): readonly RecordedRequest[];
    /** The number of requests that have arrived since the start, or since `clearRequests()`. */
    get counters(): RequestCounters;
    /**
     * Changes the state of a key from the next request on, or adds a key. A state alone keeps the rate limit and the
     * organization of the key.
     *
     * @throws RangeError for an unknown state or an invalid rate limit
     */
    setKey(key: string, description: KeyState | EmulatedKey): void;
    /**
     * Makes the next request, or those that `options` select, fail. Faults are queued: each request takes
     * the first one that applies to it.
     *
     * @throws RangeError for a fault that cannot be sent, and when `times` is neither a whole number from 1 nor
     * Infinity
     */
    fail(fault: EmulatorFault, options?: FaultOptions): void;
    /** Removes every fault that has not been used yet. */
    clearFaults(): void;
    /** Removes the requests so far, and sets the counters to zero. */
    clearRequests(): void;
    /**
     * Resolves with the requests once at least `count` have arrived, answered or not.
     *
     * @throws Error when they do not arrive within `timeoutMs` milliseconds (default 5,000)
     */
    waitForRequests(count: number, options?: {
        readonly timeoutMs?: number | undefined;
    }): Promise<readonly RecordedRequest[]>;
    /** Closes every connection at once, hanging ones too, and frees the port. Calling it again does nothing. */
    stop(): Promise<void>;
    /** Same as `stop()`: `await using emulator = await CohereEmulator.start()` stops it at the end of the block. */
    [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Selects the calls that a scripted failure applies to.
 *
 * @publicApi
 */
interface FailNextOptions {
    /** The number of calls, from 1; `Infinity` until `reset()`. Default 1. */
    readonly times?: number | undefined;
    /** Only `rerank`, or only `checkKey`. Default: whichever comes first. */
    readonly on?: 'rerank' | 'checkKey' | undefined;
    /** The `Retry-After` of `COHERE_RATE_LIMITED`, in milliseconds. */
    readonly retryAfterMs?: number | undefined;
}
/**
 * One request to `/v2/rerank` that would have been sent. A call with more documents than
 * `maxDocumentsPerRequest` makes several; a call without any text makes none.
 *
 * @publicApi
 */
interface RecordedRerank {
    /** The model id. */
    readonly model: string;
    /** The query. */
    readonly query: string;
    /** The texts that would have been sent, without the blank ones. */
    readonly documents: readonly string[];
    /** The value of the call, if less than the number of documents. */
    readonly topN?: number | undefined;
    /** The value of the call. */
    readonly maxTokensPerDoc?: number | undefined;
    /** The value of the call. */
    readonly priority?: number | undefined;
    /** The value of the call; `{}` for `true`. */
    readonly relevantSpans?: {
        readonly maxSpans?: number | undefined;
        readonly threshold?: number | undefined;
    } | undefined;
    /** The fingerprint of the key, `sha256:1f3a9c02`; distinguishes the keys of `forKey()`. */
    readonly fingerprint: string | undefined;
}

/** The settings that have an effect without a network. */
type OfflineSettings = Pick<CohereModuleOptions, 'model' | 'timeoutMs' | 'maxRetries' | 'concurrency' | 'maxDocumentsPerRequest'>;
/**
 * Options of a `RerankService` without HTTP.
 *
 * `maxRetries` is 0 unless set, so that a scripted failure is one failed call; the other defaults are those of
 * `CohereModule`. The environment is not read.
 *
 * @publicApi
 */
interface CohereTestingOptions extends OfflineSettings {
    /** Scores the documents, 0 to 1, instead of the words that they share with the query. */
    readonly score?: ScoreFunction | undefined;
}
/**
 * A `RerankService` without HTTP, with scripted failures and recorded calls. The service is the real one, with its
 * validation, splitting, merging, retries and errors; only Cohere is replaced.
 *
 * @example
 * ```ts
 * const cohere = new CohereTestingController();
 * const search = new SearchService(cohere.rerank);
 * cohere.failNext('COHERE_RATE_LIMITED');
 * await expect(search.find('refund')).rejects.toThrow(RateLimitError);
 * ```
 * @publicApi
 */
declare class CohereTestingController {
    #private;
    /** The service to inject instead of the app's. */
    readonly rerank: RerankService;
    /** @throws ConfigurationError when an option is invalid */
    constructor({ score, ...settings }?: CohereTestingOptions);
    /**
     * Makes the next call fail with a code, as if Cohere had sent it. Failures are queued.
     *
     * @throws RangeError for an unknown code, and when `times` is neither a whole number from 1 nor Infinity
     */
    failNext(code: DiagnosisCode, options?: FailNextOptions): void;
    /** The requests to `/v2/rerank` that would have been sent, failed ones included, in order. */
    get calls(): readonly RecordedRerank[];
    /** Removes the recorded calls and the scripted failures. */
    reset(): void;
}

/**
 * Options that shape the module itself.
 *
 * @publicApi
 */
interface CohereTestingExtras {
    /** The named instance to replace. Default: the unnamed one. */
    readonly name?: string | undefined;
    /** Makes it available to every module without an import; use the value of `CohereModule`. Default false. */
    readonly isGlobal?: boolean | undefined;
}
/**
 * Replaces `CohereModule` in tests: `RerankService` without HTTP, key or startup check, and a
 * `CohereTestingController` to script failures and inspect calls.
 *
 * @example
 * ```ts
 * const module = await Test.createTestingModule({
 *   imports: [CohereTestingModule.forRoot()],
 *   providers: [SearchService],
 * }).compile();
 * module.get(CohereTestingController).failNext('COHERE_API_KEY_EXPIRED');
 * ```
 * @publicApi
 */
declare class CohereTestingModule {
    /** Returns the module with options; without options, import `CohereTestingModule` itself. */
    static forRoot({ name, isGlobal, ...options }?: CohereTestingOptions & CohereTestingExtras): DynamicModule;
}
/**
 * Returns the injection token of an instance's controller: `CohereTestingController` itself, or that of the named
 * one.
 *
 * @publicApi
 */
declare function getCohereTestingToken(name?: string): typeof CohereTestingController | string;

export { CohereEmulator, CohereTestingController, CohereTestingModule, KEY_STATES, getCohereTestingToken };
export type { CohereTestingExtras, CohereTestingOptions, EmulatedKey, EmulatorFault, EmulatorModel, EmulatorOptions, FailNextOptions, FaultOptions, HangFault, HtmlFault, InvalidKeyAnswer, KeyList, KeyRateLimit, KeyState, LatencyFault, NonJsonFault, ReadyMadeKeys, RecordedRequest, RecordedRerank, RequestCounters, ResetFault, ScoreFunction, StatusFault, TruncateFault, WrongShapeFault };
