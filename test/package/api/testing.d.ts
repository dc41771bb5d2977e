import { DynamicModule } from '@nestjs/common';
import { CohereModuleOptions, DiagnosisCode, RerankService } from './index.js';

/**
 * What a key may do on the emulator.
 * - `active`: everything, without limits.
 * - `trial`: everything, 10 reranks a minute and 1,000 a month.
 * - `expired`: 401 with Cohere's text for expired keys.
 * - `revoked`: 401 `invalid api token`, as for a key that never existed.
 * - `no-rerank`: a valid key whose reranks are refused with 403.
 * - `unpaid`: a valid key whose reranks are refused with 402.
 *
 * @publicApi
 */
export declare const KEY_STATES: readonly [
	"active",
	"trial",
	"expired",
	"revoked",
	"no-rerank",
	"unpaid"
];
/** @publicApi */
export type KeyState = (typeof KEY_STATES)[number];
/**
 * How many reranks a key may make. The window slides: at no moment have more than `requests` been
 * answered within the last `perMs` milliseconds. Others get a 429, and use nothing up.
 *
 * @publicApi
 */
export interface KeyRateLimit {
	/** Reranks in any window: a whole number from 1. */
	readonly requests: number;
	/** Length of the window in milliseconds, above 0. */
	readonly perMs: number;
	/** Whether the 429 says in `Retry-After`, in whole seconds, when to come back. Cohere's does not. Default false. */
	readonly retryAfter?: boolean | undefined;
}
/**
 * A key that the emulator knows.
 *
 * @publicApi
 */
export interface EmulatedKey {
	/** Default `active`. */
	readonly state?: KeyState | undefined;
	/** Default: no limit but that of a trial key. */
	readonly rateLimit?: KeyRateLimit | undefined;
}
/**
 * One key per state, the same in every emulator and every process. They work nowhere else.
 *
 * @publicApi
 */
export interface ReadyMadeKeys {
	readonly active: string;
	readonly trial: string;
	readonly expired: string;
	readonly revoked: string;
	readonly noRerank: string;
	readonly unpaid: string;
}
/**
 * Scores one document, 0 to 1, in place of BM25. `index` is the document's place in the request.
 *
 * @publicApi
 */
export type ScoreFunction = (query: string, document: string, index: number) => number;
/** How `/v1/check-api-key` says no. */
export type InvalidKeyAnswer = "unauthorized" | "valid-false";
/**
 * One request as the emulator saw it. The key is there as a fingerprint only.
 *
 * @publicApi
 */
export interface RecordedRequest {
	readonly method: string;
	/** Without the query string. */
	readonly path: string;
	/** The query string, without `?`; empty where there is none. */
	readonly query: string;
	/** `sha256:1f3a9c02`, or `undefined` where no key came along. */
	readonly fingerprint: string | undefined;
	/** Without `authorization`, `proxy-authorization` and `cookie`; names in lower case. */
	readonly headers: Readonly<Record<string, string>>;
	/** The JSON body, or its text where it is no JSON; `undefined` where there is none. */
	readonly body: unknown;
	/** When it came, by the emulator's clock, in milliseconds. */
	readonly at: number;
	/** What it was answered; `undefined` while it waits, and where the connection broke first. */
	readonly status: number | undefined;
	/** From arrival to the end of the answer, in milliseconds; `undefined` while it waits. */
	readonly durationMs: number | undefined;
}
/**
 * How many requests came since the start, or since `clearRequests()`.
 *
 * @publicApi
 */
export interface RequestCounters {
	readonly requests: number;
	readonly byPath: Readonly<Record<string, number>>;
	/** By the status they were answered with; a request that got none is in no group. */
	readonly byStatus: Readonly<Record<number, number>>;
	/** Refused with 429 because their key was over its limit, trial limits included; faults are not counted. */
	readonly rateLimited: number;
}
/**
 * Extra keys: each with its state, or with its state and its limit, or a list of keys that are all active.
 *
 * @publicApi
 */
export type KeyList = Readonly<Record<string, KeyState | EmulatedKey>> | readonly string[];
/**
 * Options of `CohereEmulator.start`.
 *
 * @publicApi
 */
export interface EmulatorOptions {
	/** Default 0: any free port. */
	readonly port?: number | undefined;
	/** The address to listen on. Default 127.0.0.1, which no other machine can reach. */
	readonly host?: string | undefined;
	/** Keys besides the ready-made ones: each with its state, or a list of keys that are all `active`. */
	readonly keys?: KeyList | undefined;
	/** How long every answer waits at least, in milliseconds. Default 0. */
	readonly latencyMs?: number | undefined;
	/** Scores the documents, 0 to 1, in place of BM25. */
	readonly score?: ScoreFunction | undefined;
	/** Tells the time in milliseconds, for trial limits and the journal. Default `Date.now`. */
	readonly clock?: (() => number) | undefined;
	/** Ids of further rerank models, such as those of a private deployment. */
	readonly models?: readonly string[] | undefined;
	/**
	 * How `/v1/check-api-key` says no to a key that is not valid: with status 401 (default), or with
	 * status 200 and `{ "valid": false }`. Cohere's reference allows for both.
	 */
	readonly invalidKeyAnswer?: InvalidKeyAnswer | undefined;
	/**
	 * Whether `/v2/rerank` takes `return_documents` and gives the documents back, as it did until November
	 * 2024. Clients of that time send it (`cohere-ai` 7.14 to 7.17 among them). Default false: 422, as documented.
	 */
	readonly acceptLegacyFields?: boolean | undefined;
	/** Called with each request once it has been answered, or its connection is gone. */
	readonly onRequest?: ((request: RecordedRequest) => void) | undefined;
}
/**
 * What goes wrong with a request. `headers` here means before anything is answered, `body` means after
 * the status, the headers and half of the body.
 *
 * @publicApi
 */
export type EmulatorFault = StatusFault | LatencyFault | HangFault | ResetFault | TruncateFault | HtmlFault | NonJsonFault | WrongShapeFault;
/**
 * An error of Cohere's in its own shape.
 *
 * @publicApi
 */
export interface StatusFault {
	readonly kind: "status";
	readonly status: number;
	/** Default: the text Cohere documents for the status, where there is one. */
	readonly message?: string;
	/** Sent as `Retry-After`: seconds, or an HTTP date. */
	readonly retryAfter?: number | string;
	readonly headers?: Readonly<Record<string, string>>;
}
/**
 * The right answer, late.
 *
 * @publicApi
 */
export interface LatencyFault {
	readonly kind: "latency";
	readonly ms: number;
}
/**
 * No answer, or no end of it, until the caller gives up or the emulator stops.
 *
 * @publicApi
 */
export interface HangFault {
	readonly kind: "hang";
	/** Default `headers`. */
	readonly at?: "headers" | "body";
}
/**
 * The connection is reset (TCP RST).
 *
 * @publicApi
 */
export interface ResetFault {
	readonly kind: "reset";
	/** Default `headers`. */
	readonly at?: "headers" | "body";
}
/**
 * The connection closes after half of the promised body.
 *
 * @publicApi
 */
export interface TruncateFault {
	readonly kind: "truncate";
}
/**
 * An HTML page in place of JSON, as an edge block or a captive portal sends.
 *
 * @publicApi
 */
export interface HtmlFault {
	readonly kind: "html";
	/** Default 403. */
	readonly status?: number;
}
/**
 * A body that says it is JSON and is none.
 *
 * @publicApi
 */
export interface NonJsonFault {
	readonly kind: "non-json";
	/** Default 200. */
	readonly status?: number;
	/** Default: the right answer without its end. */
	readonly body?: string;
}
/**
 * JSON that lacks what a rerank response has, or ranks what was not sent.
 *
 * @publicApi
 */
export interface WrongShapeFault {
	readonly kind: "wrong-shape";
	readonly shape: "index-out-of-range" | "duplicate-index" | "missing-results" | "missing-score" | "empty-object";
}
/**
 * Which requests a fault meets.
 *
 * @publicApi
 */
export interface FaultOptions {
	/** How many requests, from 1; `Infinity` until `clearFaults()`. Default 1. */
	readonly times?: number | undefined;
	/** Only requests of this path, such as `/v2/rerank`. */
	readonly path?: string | undefined;
	/** Only requests for which this is true. */
	readonly when?: ((request: RecordedRequest) => boolean) | undefined;
}
/**
 * A Cohere of your own: a real HTTP server on this machine that answers rerank, key check and models as
 * Cohere does, knows keys in every state, fails on demand, and needs neither network nor account.
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
export declare class CohereEmulator {
	#private;
	/** Ready-made keys, one per state, the same in every emulator. `setKey` changes what they may do. */
	readonly keys: ReadyMadeKeys;
	private constructor();
	/**
	 * Starts an emulator and resolves once it listens. Rejects with Node's own error (`EADDRINUSE`, …)
	 * when the address cannot be had, and with a RangeError for a key that cannot be.
	 */
	static start(options?: EmulatorOptions): Promise<CohereEmulator>;
	/** What a client takes as its base URL, such as `http://127.0.0.1:34769`. */
	get url(): string;
	get port(): number;
	/** The latest 10,000 requests, or those with 64 MiB of bodies, in the order they came. */
	get requests(): readonly RecordedRequest[];
	/** How many requests came since the start, or since `clearRequests()`. */
	get counters(): RequestCounters;
	/**
	 * Says what a key may do from now on; a key nobody knows yet becomes known. A state alone leaves the rate
	 * limit of the key as it is.
	 *
	 * @throws RangeError for a state or a rate limit that cannot be
	 */
	setKey(key: string, description: KeyState | EmulatedKey): void;
	/**
	 * Lets the next request, or those that `options` name, meet a fault. Faults wait in a queue: each
	 * request meets the first that is meant for it.
	 *
	 * @throws RangeError when `times` is neither a whole number from 1 nor Infinity
	 */
	fail(fault: EmulatorFault, options?: FaultOptions): void;
	/** Forgets every fault that has not met its request yet. */
	clearFaults(): void;
	/** Forgets the requests so far, and counts from zero. */
	clearRequests(): void;
	/**
	 * Resolves with the requests once at least `count` have arrived, answered or not. Rejects when they
	 * do not within `timeoutMs` (default 5,000).
	 */
	waitForRequests(count: number, options?: {
		readonly timeoutMs?: number | undefined;
	}): Promise<readonly RecordedRequest[]>;
	/** Ends every connection at once, hanging ones too, and frees the port. May be called again. */
	stop(): Promise<void>;
	/** `await using emulator = await CohereEmulator.start()` stops it at the end of the block. */
	[Symbol.asyncDispose](): Promise<void>;
}
type OfflineSettings = Pick<CohereModuleOptions, "model" | "timeoutMs" | "maxRetries" | "concurrency" | "maxDocumentsPerRequest">;
/**
 * One request that would have gone to `/v2/rerank`. A call with more documents than
 * `maxDocumentsPerRequest` makes several; one without documents that hold text makes none.
 *
 * @publicApi
 */
export interface RecordedRerank {
	readonly model: string;
	readonly query: string;
	/** The texts as they would have been sent; blank documents are not among them. */
	readonly documents: readonly string[];
	/** Only where it cuts something off. */
	readonly topN?: number | undefined;
	readonly maxTokensPerDoc?: number | undefined;
	readonly priority?: number | undefined;
	readonly relevantSpans?: {
		readonly maxSpans?: number | undefined;
		readonly threshold?: number | undefined;
	} | undefined;
	/** `sha256:1f3a9c02`; tells the keys given to `forKey()` apart. */
	readonly fingerprint: string | undefined;
}
/**
 * Which calls a scripted failure meets.
 *
 * @publicApi
 */
export interface FailNextOptions {
	/** How many calls, from 1; `Infinity` until `reset()`. Default 1. */
	readonly times?: number | undefined;
	/** Only `rerank`, or only `checkKey`. Default: whichever comes first. */
	readonly on?: "rerank" | "checkKey" | undefined;
	/** With `COHERE_RATE_LIMITED`: how long Cohere asks to wait, in milliseconds. */
	readonly retryAfterMs?: number | undefined;
}
/**
 * What a `RerankService` without HTTP may be given.
 *
 * `maxRetries` is 0 unless set, so that a scripted failure is one failed call; all else has the defaults
 * of `CohereModule`. The environment plays no part.
 *
 * @publicApi
 */
export interface CohereTestingOptions extends OfflineSettings {
	/** Scores the documents, 0 to 1, in place of the emulator's BM25. */
	readonly score?: ScoreFunction | undefined;
}
/**
 * A `RerankService` without HTTP, and the strings behind it. The service is the real one - texts, blank
 * documents, splitting and merging, validation, retries and errors included - only Cohere is not.
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
export declare class CohereTestingController {
	#private;
	/** What is injected in place of the app's `RerankService`. */
	readonly rerank: RerankService;
	constructor({ score, ...settings }?: CohereTestingOptions);
	/**
	 * Lets the next call fail with a code, as it would if Cohere had answered so. Failures wait in a queue.
	 *
	 * @throws RangeError when `times` is neither a whole number from 1 nor Infinity
	 */
	failNext(code: DiagnosisCode, options?: FailNextOptions): void;
	/** What would have been sent to `/v2/rerank`, failed calls included, in its order. */
	get calls(): readonly RecordedRerank[];
	/** Forgets calls and scripted failures. */
	reset(): void;
}
/**
 * What stands beside the options, because it shapes the module itself.
 *
 * @publicApi
 */
export interface CohereTestingExtras {
	/** The named instance to stand in for. Default: the unnamed one. */
	readonly name?: string | undefined;
	/** Whether every module sees it without importing it. Give what `CohereModule` was given. Default false. */
	readonly isGlobal?: boolean | undefined;
}
/**
 * Stands in for `CohereModule` in tests: `RerankService` without HTTP, key or startup check, and a
 * `CohereTestingController` to script failures and see calls.
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
export declare class CohereTestingModule {
	static forRoot({ name, isGlobal, ...options }?: CohereTestingOptions & CohereTestingExtras): DynamicModule;
}
/**
 * The injection token of the controller of an instance: `CohereTestingController` itself, or that of
 * the named one.
 *
 * @publicApi
 */
export declare function getCohereTestingToken(name?: string): typeof CohereTestingController | string;

export {};
