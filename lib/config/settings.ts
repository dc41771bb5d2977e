import {
  hasMethods,
  isRateLimiter,
  isScoreStore,
  type RateLimiter,
  type ScoreCacheOptions,
} from './shared-stores.js';

/**
 * The source of the API key: the key itself; a function that fetches it, called once at boot, again
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
 * The depth of the startup check.
 * - `off`: no check.
 * - `key`: checks the key (`POST /v1/check-api-key`). If another host than Cohere's refuses that, one rerank of one
 *   document decides, billed as one.
 * - `model`: also checks that the model exists and serves rerank (`GET /v1/models/{model}`); costs nothing.
 * - `rerank`: one real rerank of one document, the only proof that the key may rerank; billed as one.
 *
 * @publicApi
 */
export type StartupCheckMode = 'off' | 'key' | 'model' | 'rerank';

/**
 * The startup check in full; `startupCheck: 'model'` is short for `{ mode: 'model' }`.
 *
 * @publicApi
 */
export interface StartupCheckOptions {
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
export interface RequestDispatcher {
  dispatch(options: object, handler: object): boolean;
}

/**
 * Options of `CohereModule.forRoot` and `forRootAsync`. Options that are left out come from the environment,
 * then from the default.
 *
 * @publicApi
 */
export interface CohereModuleOptions {
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
export interface CohereOptionsFactory {
  createCohereOptions(): CohereModuleOptions | Promise<CohereModuleOptions>;
}

/**
 * The environment variables of the module after {@link cohereEnvSchema}, with numbers as numbers.
 *
 * @publicApi
 */
export interface CohereEnv {
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

/** The values that a setting may have. */
export type SettingRule =
  | {
      readonly kind: 'integer' | 'number';
      readonly min: number;
      readonly max?: number | undefined;
    }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  | {
      readonly kind: 'baseUrl' | 'text' | 'ascii' | 'boolean' | 'headers' | 'headerName' | 'apiKey';
    }
  | {
      readonly kind: 'custom';
      /** Completes `NAME must be …`: `an undici Dispatcher`. */
      readonly what: string;
      isValid(this: void, value: unknown): boolean;
    };

export interface Setting {
  readonly rule: SettingRule;
  /** One line for the documentation. */
  readonly text: string;
  /** The environment variable that fills it in when the option is left out. */
  readonly variable?: keyof CohereEnv | undefined;
  readonly default?: string | number | boolean | undefined;
  readonly unit?: 'milliseconds' | undefined;
  /** True if its group, such as `scoreCache`, requires it when given. */
  readonly required?: boolean | undefined;
  /** True if the group may be given as this value alone: `startupCheck: 'model'`. */
  readonly isShorthand?: boolean | undefined;
}

/** The options, with those that are groups of others spelled out. */
export type SettingName =
  | Exclude<keyof CohereModuleOptions, 'startupCheck' | 'scoreCache'>
  | `startupCheck.${keyof StartupCheckOptions}`
  | `scoreCache.${keyof ScoreCacheOptions}`;

/**
 * Every option, with its rule, source and default. The Joi schemas, the limits of a single call, the doctor's rows and
 * the tables of docs/configuration.md are derived from it.
 */
export const SETTINGS = {
  apiKey: {
    rule: { kind: 'apiKey' },
    variable: 'COHERE_API_KEY',
    text: '`false` for a deployment that needs no key',
  },
  apiKeyHeader: {
    rule: { kind: 'headerName' },
    variable: 'COHERE_API_KEY_HEADER',
    default: 'authorization',
    text: '`authorization` contains the key as a Bearer, any other the key alone',
  },
  organizationId: {
    rule: { kind: 'text' },
    variable: 'COHERE_ORGANIZATION_ID',
    text: 'the boot fails when the key belongs to another organization',
  },
  baseUrl: {
    rule: { kind: 'baseUrl' },
    variable: 'COHERE_BASE_URL',
    default: 'https://api.cohere.com',
    text: "a trailing `/v1`, `/v2` or slash is dropped; `…/rerank` of a host other than Cohere's is kept",
  },
  model: {
    rule: { kind: 'text' },
    variable: 'COHERE_RERANK_MODEL',
    default: 'rerank-v5.0-fast',
    text: 'any id; Cohere decides',
  },
  timeoutMs: {
    rule: { kind: 'integer', min: 1, max: 600_000 },
    unit: 'milliseconds',
    variable: 'COHERE_TIMEOUT_MS',
    default: 10_000,
    text: 'deadline of one whole call: queue, attempts, waits, body',
  },
  maxRetries: {
    rule: { kind: 'integer', min: 0, max: 10 },
    variable: 'COHERE_MAX_RETRIES',
    default: 2,
    text: 'retries after the first attempt',
  },
  concurrency: {
    rule: { kind: 'integer', min: 1, max: 1_000 },
    variable: 'COHERE_CONCURRENCY',
    default: 16,
    text: 'requests in flight at once per instance',
  },
  maxDocumentsPerRequest: {
    rule: { kind: 'integer', min: 1, max: 10_000 },
    default: 1_000,
    text: 'larger calls are split',
  },
  'startupCheck.mode': {
    rule: { kind: 'choice', values: ['off', 'key', 'model', 'rerank'] },
    isShorthand: true,
    variable: 'COHERE_STARTUP_CHECK',
    default: 'key',
    text: 'how much is checked before the app listens; `rerank` is billed as one request',
  },
  'startupCheck.timeoutMs': {
    rule: { kind: 'integer', min: 1, max: 60_000 },
    unit: 'milliseconds',
    variable: 'COHERE_STARTUP_CHECK_TIMEOUT_MS',
    default: 3_000,
    text: 'deadline of the whole check',
  },
  'startupCheck.onUnreachable': {
    rule: { kind: 'choice', values: ['warn', 'fail'] },
    variable: 'COHERE_STARTUP_CHECK_ON_UNREACHABLE',
    default: 'warn',
    text: 'whether the app starts when Cohere cannot be asked',
  },
  'startupCheck.onTrialKey': {
    rule: { kind: 'choice', values: ['warn', 'fail'] },
    variable: 'COHERE_STARTUP_CHECK_ON_TRIAL_KEY',
    default: 'warn',
    text: 'whether the app starts with a trial key',
  },
  onFailure: {
    rule: { kind: 'choice', values: ['throw', 'original-order'] },
    default: 'throw',
    text: 'whether a call that Cohere cannot rank throws, or keeps the order of the documents',
  },
  clientName: { rule: { kind: 'ascii' }, text: 'sent as `X-Client-Name`' },
  headers: { rule: { kind: 'headers' }, text: 'sent with every request' },
  dispatcher: {
    rule: {
      kind: 'custom',
      what: 'an undici Dispatcher',
      isValid: (value) => hasMethods(value, ['dispatch']),
    },
    text: "used in place of the module's own connection pool",
  },
  captureContent: {
    rule: { kind: 'boolean' },
    default: false,
    text: 'whether telemetry may contain the query and the documents',
  },
  rateLimiter: {
    rule: { kind: 'custom', what: 'a limiter of rate-limiter-flexible', isValid: isRateLimiter },
    text: 'one budget for all processes that use the key',
  },
  'scoreCache.store': {
    rule: { kind: 'custom', what: 'a Cache of cache-manager', isValid: isScoreStore },
    required: true,
    text: 'where scores are kept, so that only documents without one are sent',
  },
  'scoreCache.ttlMs': {
    rule: { kind: 'integer', min: 1, max: 31_536_000_000 },
    unit: 'milliseconds',
    required: true,
    text: 'how long a score is kept',
  },
} as const satisfies Record<SettingName, Setting>;

const ROWS = Object.entries<Setting>(SETTINGS);

/** The names on the first level: `startupCheck`, not `startupCheck.mode`. */
export const OPTION_NAMES: readonly string[] = [
  ...new Set(ROWS.map(([name]) => name.split('.')[0] ?? name)),
];

/** The names inside a group of options; none for an option that is not a group. */
export function namesWithin(group: string): readonly string[] {
  return ROWS.flatMap(([name]) =>
    name.startsWith(`${group}.`) ? [name.slice(group.length + 1)] : [],
  );
}

/** Returns the setting that can replace its whole group: `startupCheck.mode` for `startupCheck: 'model'`. */
export function shorthandOf(group: string): string | undefined {
  return ROWS.find(
    ([name, { isShorthand }]) => isShorthand === true && name.startsWith(`${group}.`),
  )?.[0];
}

/** Extras next to the options, which shape the module itself; never returned by a factory. */
export const EXTRAS = {
  name: {
    rule: { kind: 'text' },
    text: 'names the instance, which is then injected with `@InjectRerank(name)`',
  },
  isGlobal: {
    rule: { kind: 'boolean' },
    default: false,
    text: 'whether every module sees the instance without importing it',
  },
  filter: {
    rule: { kind: 'custom', what: 'true, false or { statusFor, expose }', isValid: isFilterOption },
    default: true,
    text: 'whether and how the exception filter is registered for the whole app',
  },
  client: {
    rule: { kind: 'boolean' },
    default: false,
    text: "whether the SDK's `CohereClientV2` can be injected with `@InjectCohere()`",
  },
} as const satisfies Record<string, Setting>;

/** Variables that are not options. */
export const OTHER_VARIABLES = {
  COHERE_API_KEY_FILE:
    'path of a file that contains the key; read when `COHERE_API_KEY` is not set',
  COHERE_BOOT_REPORT: '`json` prints one JSON line in place of the report of a failed boot',
  COHERE_TERMINATION_LOG: 'where the report is also written; default `/dev/termination-log`',
} as const;

/** Completes `NAME must be …`. */
export function mustBe(rule: SettingRule): string {
  switch (rule.kind) {
    case 'integer':
      return `a whole number ${describeRange(rule)}`;
    case 'number':
      return `a number ${describeRange(rule)}`;
    case 'choice':
      return `one of ${rule.values.join(', ')}`;
    case 'baseUrl':
      return 'an http or https URL without credentials, query or fragment';
    case 'text':
      return 'a non-blank string on one line';
    case 'ascii':
      return 'a non-blank string of printable ASCII characters';
    case 'boolean':
      return 'true or false';
    case 'headers':
      return 'a plain object of strings';
    case 'headerName':
      return 'a header name that HTTP does not use itself';
    case 'apiKey':
      return 'a string, a function, { file }, { env } or false';
    case 'custom':
      return rule.what;
    default:
      return rule satisfies never;
  }
}

function describeRange({ min, max }: { readonly min: number; readonly max?: number | undefined }) {
  return max === undefined ? `from ${min} up` : `from ${min} to ${max}`;
}

function isFilterOption(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'boolean';
  }
  const { statusFor, expose, ...others }: Record<string, unknown> = { ...value };
  return (
    (statusFor === undefined || typeof statusFor === 'function') &&
    [undefined, 'full', 'code'].some((allowed) => expose === allowed) &&
    Object.keys(others).length === 0
  );
}
