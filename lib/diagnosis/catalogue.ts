/** Name of the error class that carries a code. */
export type DiagnosedErrorName =
  | 'AuthenticationError'
  | 'ConfigurationError'
  | 'InvalidRequestError'
  | 'RateLimitError'
  | 'QuotaError'
  | 'UnavailableError'
  | 'TimeoutError';

/** sysexits.h; an orchestrator can tell "change the configuration" from "a restart may help". */
export const EXIT_CODE = { configuration: 78, rejected: 77, unavailable: 69 } as const;

/** How a failure is retried: after a short backoff, or after the longer one of a rate limit. */
export type RetryKind = 'transient' | 'throttled';

/** All that a code implies. Everything that depends on a code reads it here. */
export interface CatalogueEntry {
  /** One line, used when the place that found the problem has nothing more exact to say. */
  readonly title: string;
  /** What the code means, in one or two sentences. */
  readonly meaning: string;
  /** What usually leads here, the most likely cause first. */
  readonly causes: readonly string[];
  /** Imperative steps, the most likely one first. */
  readonly fix: readonly string[];
  /** A shell command, or TypeScript with the emulator, that shows it; for docs/errors.md and `explain`. */
  readonly reproduce: string;
  readonly error: DiagnosedErrorName;
  readonly httpStatus: number;
  readonly exitCode: (typeof EXIT_CODE)[keyof typeof EXIT_CODE];
  /** Whether the same call may succeed later, with nothing changed. */
  readonly retryable: boolean;
  /**
   * How this library tries again within the deadline of the call; `undefined`: never. A call that timed
   * out is `retryable`, but its deadline is spent, so the caller has to make a new one.
   */
  readonly retry: RetryKind | undefined;
  /** Whether it is a verdict on the key: missing, certainly wrong, or refused by Cohere. */
  readonly aboutKey: boolean;
  /** Whether every call of the account fails until something is changed: key, quota, billing. */
  readonly aboutAccount: boolean;
  /** Whether a report names the key of the request. */
  readonly namesKey: boolean;
  /** Whether Cohere refused the key itself (401), so that the key source is worth another reading. */
  readonly keyRefused: boolean;
  /** Whether the boot fails, or warns and goes on. With `onUnreachable: 'fail'` it fails either way. */
  readonly boot: 'fails' | 'warns';
  /** For docs/errors.md, where a boot meets the code only under a condition: a clause before "the app does not start". */
  readonly bootCondition?: string | undefined;
}

/** First line of every example that needs Cohere to behave in a certain way. */
export const START_EMULATOR =
  "const emulator = await CohereEmulator.start(); // from 'nestjs-cohere/testing'";

const ABOUT_KEY = {
  error: 'AuthenticationError',
  httpStatus: 401,
  retryable: false,
  retry: undefined,
  aboutKey: true,
  aboutAccount: true,
  namesKey: true,
  boot: 'fails',
} as const;

const SEEN_OFFLINE = {
  ...ABOUT_KEY,
  exitCode: EXIT_CODE.configuration,
  keyRefused: false,
} as const;

const REFUSED_BY_COHERE = {
  ...ABOUT_KEY,
  exitCode: EXIT_CODE.rejected,
  keyRefused: true,
  bootCondition: "Unless `startupCheck` is `'off'`,",
} as const;

const NOT_ABOUT_KEY = {
  aboutKey: false,
  aboutAccount: false,
  namesKey: false,
  keyRefused: false,
} as const;

const INVALID_REQUEST = {
  ...NOT_ABOUT_KEY,
  error: 'InvalidRequestError',
  exitCode: EXIT_CODE.configuration,
  retryable: false,
  retry: undefined,
} as const;

const QUOTA = {
  ...NOT_ABOUT_KEY,
  error: 'QuotaError',
  exitCode: EXIT_CODE.unavailable,
  retryable: false,
  retry: undefined,
  aboutAccount: true,
  namesKey: true,
  boot: 'warns',
} as const;

const UNAVAILABLE = {
  ...NOT_ABOUT_KEY,
  error: 'UnavailableError',
  httpStatus: 502,
  exitCode: EXIT_CODE.unavailable,
  retryable: true,
  retry: 'transient',
  boot: 'warns',
} as const;

const CREATE_A_KEY = 'Create a key at https://dashboard.cohere.com/api-keys.';

/** One entry per code. Plain data: a code is added here, and everything else follows. */
export const CATALOGUE = defineCatalogue({
  COHERE_API_KEY_MISSING: {
    ...SEEN_OFFLINE,
    title: 'COHERE_API_KEY is not set.',
    meaning: 'No API key was found where the module looks for one, or what was found is empty.',
    causes: [
      'COHERE_API_KEY is not in the environment of this process.',
      'It stands in a .env file that nothing loads.',
      'It is set under another name, such as CO_API_KEY.',
      'It is set, but empty or blank.',
    ],
    fix: [
      'Set COHERE_API_KEY in the environment of this process, or in the .env file that ConfigModule.forRoot() loads, and start the app again.',
      CREATE_A_KEY,
      'If this deployment needs no key, pass apiKey: false to CohereModule.',
    ],
    reproduce: 'COHERE_API_KEY= npm start',
  },
  COHERE_API_KEY_MALFORMED: {
    ...SEEN_OFFLINE,
    title: 'COHERE_API_KEY cannot be an API key.',
    meaning: 'The value holds something no API key holds, so that every request would fail.',
    causes: [
      'Quotation marks, white space or a line break were copied along with the key.',
      'The value still holds "Bearer " or "COHERE_API_KEY=" in front of the key.',
      'An invisible character came along from a document or a chat.',
    ],
    fix: [
      'Copy the key again from https://dashboard.cohere.com/api-keys and set it alone, without anything around it.',
    ],
    reproduce: `COHERE_API_KEY='"0123456789abcdefghijABCDEFGHIJ0123456789"' npm start`,
  },
  COHERE_API_KEY_PLACEHOLDER: {
    ...SEEN_OFFLINE,
    title: 'COHERE_API_KEY still holds a placeholder.',
    meaning: 'The value is an example, or a variable that was never filled in, not a key.',
    causes: [
      'The line was copied from .env.example or from a documentation page.',
      'A template such as ${COHERE_API_KEY} was not expanded by the shell, Compose, Helm or CI.',
    ],
    fix: [
      'Replace the placeholder by a real key.',
      CREATE_A_KEY,
      'If the value comes from a template, check that the variable it names exists where the template is filled in.',
    ],
    reproduce: 'COHERE_API_KEY=your-api-key npm start',
  },
  COHERE_API_KEY_FOREIGN: {
    ...SEEN_OFFLINE,
    title: 'COHERE_API_KEY holds the key of another provider.',
    meaning: 'The value begins as the keys of another provider do; Cohere does not know it.',
    causes: ['Two variables were mixed up when the environment was written.'],
    fix: [
      'Set COHERE_API_KEY to a key of Cohere.',
      'Treat the other key as exposed if this environment should not have held it.',
      CREATE_A_KEY,
    ],
    reproduce: 'COHERE_API_KEY=hf_0123456789abcdefghijABCDEFGHIJ0123 npm start',
  },
  COHERE_API_KEY_FILE_UNREADABLE: {
    ...SEEN_OFFLINE,
    title: 'The file that should hold the API key cannot be read.',
    meaning:
      'COHERE_API_KEY_FILE, or the option apiKey: { file }, names a file that cannot be read.',
    causes: [
      'The secret is not mounted into this container.',
      'The path is wrong, or relative to another working directory.',
      'The user of this process may not read the file.',
    ],
    fix: [
      'Mount the secret, or correct the path.',
      'Give the user of this process the right to read the file.',
    ],
    reproduce: 'COHERE_API_KEY_FILE=/nowhere/key npm start',
  },
  COHERE_API_KEY_SOURCE_FAILED: {
    ...SEEN_OFFLINE,
    title: 'The function that supplies the API key failed.',
    meaning: 'The app passed a function as apiKey, and it threw, or gave no string.',
    causes: ['The secret store behind the function refused or could not be reached.'],
    fix: [
      'Make the apiKey function return the key as a string, or a promise of it.',
      'Check that this process may read the secret store the function asks.',
    ],
    reproduce: "CohereModule.forRoot({ apiKey: () => Promise.reject(new Error('no vault')) });",
  },
  COHERE_API_KEY_REJECTED: {
    ...REFUSED_BY_COHERE,
    title: 'Cohere rejected the API key.',
    meaning: 'Cohere answered that it does not know this key, or that it is no longer active.',
    causes: [
      'The key is mistyped or cut off.',
      'The key was revoked or deleted in the dashboard.',
      'The key belongs to another deployment than COHERE_BASE_URL names.',
    ],
    fix: [
      'Compare the key with the one in https://dashboard.cohere.com/api-keys, character for character.',
      'If it is not there any more, create a new one, set COHERE_API_KEY to it and start the app again.',
      'If COHERE_BASE_URL is set, check that the key belongs to that deployment.',
    ],
    reproduce: `${START_EMULATOR}
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.revoked });`,
  },
  COHERE_API_KEY_EXPIRED: {
    ...REFUSED_BY_COHERE,
    title: 'The API key has expired.',
    meaning: 'Cohere knows the key, but its time is over.',
    causes: ['The key was a trial or time-limited key.'],
    fix: [
      'Create a production key at https://dashboard.cohere.com/api-keys.',
      'Set COHERE_API_KEY to it and start the app again.',
    ],
    reproduce: `${START_EMULATOR}
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.expired });`,
  },
  COHERE_API_KEY_FORBIDDEN: {
    ...REFUSED_BY_COHERE,
    // Reading the key source again does not change what the key may do.
    keyRefused: false,
    bootCondition: "Only `startupCheck: 'rerank'` is sure to find it: then",
    title: 'The API key may not use this endpoint.',
    meaning: 'Cohere knows the key, but refuses it the operation.',
    causes: [
      'The key, or the role of its owner, has no access to rerank.',
      'The model is not available to this account.',
    ],
    fix: [
      'Check in https://dashboard.cohere.com that the account and the key have access to rerank.',
      'Use a key of an account that has, and start the app again.',
    ],
    reproduce: `${START_EMULATOR}
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.noRerank, startupCheck: 'rerank' });`,
  },

  COHERE_CONFIG_INVALID: {
    ...NOT_ABOUT_KEY,
    error: 'ConfigurationError',
    exitCode: EXIT_CODE.configuration,
    retryable: false,
    retry: undefined,
    boot: 'fails',
    title: 'A setting of CohereModule is invalid.',
    meaning:
      'An option or an environment variable has a value that is not allowed. Each one is reported.',
    causes: ['A typing error, a wrong unit, or a value out of range.'],
    fix: ['Correct the setting that the report names, and start the app again.'],
    reproduce: 'COHERE_TIMEOUT_MS=soon npm start',
    httpStatus: 500,
  },

  COHERE_REQUEST_INVALID: {
    ...INVALID_REQUEST,
    boot: 'warns',
    title: 'The rerank request is invalid.',
    meaning:
      'An argument of the call is wrong; it was found before the request was sent, or Cohere refused it.',
    causes: [
      'The query is blank, topN is no whole number from 1 up, or a document cannot become text.',
      'Cohere does not accept a parameter or a size (HTTP 400, 413 or 422).',
    ],
    fix: ['Correct the argument that the detail names.'],
    reproduce: "await rerankService.rerank({ query: ' ', documents: ['a'] });",
    httpStatus: 400,
  },
  COHERE_MODEL_NOT_FOUND: {
    ...INVALID_REQUEST,
    boot: 'fails',
    bootCondition: "With `startupCheck: 'model'` or `'rerank'`",
    title: 'Cohere does not know the model.',
    meaning:
      'The model does not exist, was removed, does not serve rerank, or this account has no access to it.',
    causes: [
      'The id in COHERE_RERANK_MODEL, or the option model, is mistyped.',
      'The model has been retired.',
      'The id is that of a chat or embedding model.',
    ],
    fix: [
      'Set COHERE_RERANK_MODEL, or the option model, to a rerank model that this account can use.',
      'See https://docs.cohere.com/docs/rerank for the current ids.',
    ],
    reproduce: 'COHERE_RERANK_MODEL=rerank-v0 COHERE_STARTUP_CHECK=model npm start',
    httpStatus: 404,
  },

  COHERE_RATE_LIMITED: {
    ...UNAVAILABLE,
    error: 'RateLimitError',
    retry: 'throttled',
    namesKey: true,
    title: 'Cohere limits the rate of requests.',
    meaning:
      'More requests were sent in a minute than this key may send, and no retry fitted into the deadline.',
    causes: [
      'A trial key is limited to 10 rerank calls a minute.',
      'Several instances share one production key.',
    ],
    fix: [
      'Wait for the time Cohere names, then try again.',
      'Lower COHERE_CONCURRENCY, or use a production key if this is a trial key.',
    ],
    reproduce: `${START_EMULATOR}
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.trial });
// then eleven reranks within a minute`,
    httpStatus: 429,
  },
  COHERE_QUOTA_EXHAUSTED: {
    ...QUOTA,
    title: "The key's monthly quota is used up.",
    meaning:
      'A trial key may make 1,000 calls a month, and they are spent. Waiting a minute does not help.',
    causes: ['A trial key is used by an app that runs all the time.'],
    fix: [
      'Create a production key at https://dashboard.cohere.com/api-keys and set COHERE_API_KEY to it.',
      'Or wait for the next month.',
    ],
    reproduce: `${START_EMULATOR}
const message = 'You are using a Trial key, which is limited to 1000 API calls / month';
emulator.fail({ kind: 'status', status: 429, message }, { times: Infinity });
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.trial });`,
    httpStatus: 429,
  },
  COHERE_BILLING_REQUIRED: {
    ...QUOTA,
    title: 'Cohere asks for a payment method, or the billing limit is reached.',
    meaning: 'Cohere answered 402: the account must be changed before the key works again.',
    causes: [
      'The payment method is missing or has expired.',
      'The billing limit of the key is reached.',
    ],
    fix: [
      'Add or update the payment method at https://dashboard.cohere.com/billing?tab=payment.',
      'Or raise the billing limit of the key in the dashboard.',
    ],
    reproduce: `${START_EMULATOR}
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.unpaid, startupCheck: 'rerank' });`,
    httpStatus: 402,
  },

  COHERE_UNREACHABLE: {
    ...UNAVAILABLE,
    title: 'Cohere could not be reached.',
    meaning:
      'No HTTP response came: the name did not resolve, the connection failed, or TLS failed.',
    causes: [
      'This machine has no way out to the host, or needs a proxy.',
      'COHERE_BASE_URL names a wrong host or port.',
      'A proxy with its own certificate authority stands in between.',
    ],
    fix: [
      'Check that this machine can reach the host the detail names, e.g. with curl.',
      'If it needs a proxy, set HTTPS_PROXY (and NO_PROXY); for a private certificate authority, NODE_EXTRA_CA_CERTS.',
      'If COHERE_BASE_URL is set, check it.',
    ],
    reproduce:
      'COHERE_API_KEY=0123456789abcdefghijABCDEFGHIJ0123456789 COHERE_BASE_URL=http://127.0.0.1:9 COHERE_STARTUP_CHECK_ON_UNREACHABLE=fail npm start',
  },
  COHERE_BLOCKED: {
    ...UNAVAILABLE,
    retryable: false,
    retry: undefined,
    title: 'Something between this app and Cohere answered in its place.',
    meaning:
      'An HTML page came instead of JSON: a block by region or address (HTTP 403), a proxy, or a login page of the network. It says nothing about the key.',
    causes: [
      "The caller's IP address or region is blocked at the edge.",
      'A proxy or a captive portal answers in place of Cohere.',
    ],
    fix: [
      'Call from another network or region, or through the proxy your network requires.',
      'Ask whoever runs the network whether api.cohere.com is allowed.',
    ],
    reproduce: `${START_EMULATOR}
emulator.fail({ kind: 'html', status: 403 }, { times: Infinity });
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.active });`,
  },
  COHERE_UPSTREAM_ERROR: {
    ...UNAVAILABLE,
    title: 'Cohere failed.',
    meaning: 'Cohere answered with a server error, or a status this library does not know.',
    causes: ['A fault or maintenance at Cohere; see https://status.cohere.ai.'],
    fix: [
      'Try again later; see https://status.cohere.ai.',
      'If it stays, write to Cohere with the request id of the detail.',
    ],
    reproduce: `${START_EMULATOR}
emulator.fail({ kind: 'status', status: 503 }, { times: Infinity });
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.active });`,
  },
  COHERE_RESPONSE_INVALID: {
    ...UNAVAILABLE,
    retryable: false,
    retry: undefined,
    title: 'The answer is not one Cohere gives.',
    meaning:
      'The response is no JSON, lacks results, or ranks documents that were not sent; it was not used.',
    causes: [
      'COHERE_BASE_URL names a server that is not Cohere, or a wrong path.',
      'A proxy changed or cut the response.',
    ],
    fix: [
      'Check COHERE_BASE_URL: it is the address without /v1 or /v2, e.g. https://api.cohere.com.',
      'If a proxy stands in between, check that it passes JSON through unchanged.',
    ],
    reproduce: `${START_EMULATOR}
emulator.fail({ kind: 'non-json' }, { times: Infinity });
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.active });`,
  },
  COHERE_TIMEOUT: {
    ...UNAVAILABLE,
    error: 'TimeoutError',
    // The deadline is spent: the caller may try again, this library cannot.
    retry: undefined,
    title: 'Cohere did not answer in time.',
    meaning:
      'The deadline of the whole call (timeoutMs) passed: waiting, attempts and reading included.',
    causes: ['Cohere or the network is slow.', 'timeoutMs is too small for this many documents.'],
    fix: [
      'Try again later; see https://status.cohere.ai.',
      'If calls are slow in general, raise COHERE_TIMEOUT_MS or send fewer documents.',
    ],
    reproduce: `${START_EMULATOR}
emulator.fail({ kind: 'hang' }, { times: Infinity });
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.active });`,
    httpStatus: 504,
  },
});

/** Keeps the codes literal and the entries plain. */
function defineCatalogue<Code extends string>(
  entries: Readonly<Record<Code, CatalogueEntry>>,
): Readonly<Record<Code, CatalogueEntry>> {
  return entries;
}

/** @publicApi */
export type DiagnosisCode = keyof typeof CATALOGUE;

/**
 * Every code a {@link Diagnosis} can carry. A code never changes its meaning; new ones may be added.
 *
 * @publicApi
 */
export const DIAGNOSIS_CODES: readonly DiagnosisCode[] =
  Object.keys(CATALOGUE).filter(isDiagnosisCode);

export function isDiagnosisCode(value: unknown): value is DiagnosisCode {
  return typeof value === 'string' && Object.hasOwn(CATALOGUE, value);
}
