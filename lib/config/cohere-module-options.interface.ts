import type { Dispatcher } from 'undici';

/**
 * Where the API key comes from: the key itself; a function that fetches it, asked once at boot, again
 * after a 401 and on `reloadKey()`; a file, read again when it changes; an environment variable by
 * name; or `false` for a private deployment that needs none.
 *
 * @publicApi
 */
export type ApiKeyOption =
  | string
  | (() => string | Promise<string>)
  | { readonly file: string }
  | { readonly env: string }
  | false;

/**
 * How far the startup check goes.
 * - `off`: nothing is asked.
 * - `key`: Cohere says whether the key is valid (`POST /v1/check-api-key`).
 * - `model`: also that the model exists and serves rerank (`GET /v1/models/{model}`); costs nothing.
 * - `rerank`: one real rerank of one document, the only proof that the key may rerank; billed as one.
 *
 * @publicApi
 */
export type StartupCheckMode = 'off' | 'key' | 'model' | 'rerank';

/** @publicApi */
export interface StartupCheckOptions {
  readonly mode: StartupCheckMode;
  /** Deadline of the whole check, in milliseconds, 1 to 60,000. Default 3,000. */
  readonly timeoutMs?: number;
  /** What a Cohere that cannot be asked means for the boot. Default `'warn'`: the app starts. */
  readonly onUnreachable?: 'warn' | 'fail';
}

/**
 * Options of `CohereModule.forRoot` and `forRootAsync`. What is left out comes from the environment,
 * then from the default.
 *
 * @publicApi
 */
export interface CohereModuleOptions {
  /** Default: COHERE_API_KEY, or the file that COHERE_API_KEY_FILE names. */
  readonly apiKey?: ApiKeyOption | undefined;
  /** Default `https://api.cohere.com`. A trailing `/v1`, `/v2`, `/rerank` or slash is dropped. Environment: COHERE_BASE_URL. */
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
  /** Default `'key'`. Environment: COHERE_STARTUP_CHECK, COHERE_STARTUP_CHECK_TIMEOUT_MS, COHERE_STARTUP_CHECK_ON_UNREACHABLE. */
  readonly startupCheck?: StartupCheckMode | StartupCheckOptions | undefined;
  /** Sent as `X-Client-Name`. */
  readonly clientName?: string | undefined;
  /** Sent with every request; may not hold Authorization. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Used in place of the module's own connection pool; closing it stays with the app. */
  readonly dispatcher?: Dispatcher | undefined;
  /** Whether telemetry may hold the query and the documents. Default false. */
  readonly captureContent?: boolean | undefined;
}

/**
 * What `useClass` and `useExisting` of `forRootAsync` implement.
 *
 * @publicApi
 */
export interface CohereOptionsFactory {
  createCohereOptions(): CohereModuleOptions | Promise<CohereModuleOptions>;
}
