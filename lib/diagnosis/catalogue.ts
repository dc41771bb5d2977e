/** The name of the error class that carries a code. */
type DiagnosedErrorName =
  | 'AuthenticationError'
  | 'ConfigurationError'
  | 'InvalidRequestError'
  | 'RateLimitError'
  | 'QuotaError'
  | 'UnavailableError'
  | 'TimeoutError';

/** Exit codes of sysexits.h, from which an orchestrator can tell a wrong configuration from an outage. */
export const EXIT_CODE = { configuration: 78, rejected: 77, unavailable: 69 } as const;

/** The backoff before a retry: a short one, or the longer one of a rate limit. */
export type RetryKind = 'transient' | 'throttled';

/** Everything that depends on a code. */
export interface CatalogueEntry {
  /** The default title: one line that names no server. */
  readonly title: string;
  /** The meaning of the code, in one or two sentences. */
  readonly meaning: string;
  /** The usual causes, the most likely one first. */
  readonly causes: readonly string[];
  /** Imperative steps, the most likely one first. */
  readonly fix: readonly string[];
  /** The steps for other hosts than Cohere's; `{host}` is replaced by the host. */
  readonly fixElsewhere?: readonly string[] | undefined;
  /** Steps for clients of the app. Each stands alone and names no host and no file; for a key, all name COHERE_API_KEY. */
  readonly clientFix: readonly string[];
  /** A shell command, or TypeScript with the emulator, that reproduces it; for docs/errors.md and `explain`. */
  readonly reproduce: string;
  readonly error: DiagnosedErrorName;
  readonly httpStatus: number;
  readonly exitCode: (typeof EXIT_CODE)[keyof typeof EXIT_CODE];
  /** True if the same call may succeed later without a change. */
  readonly retryable: boolean;
  /**
   * The kind of retry within the deadline of the call; `undefined`: none. A call that timed out is `retryable`, but
   * only by the caller, in a new call.
   */
  readonly retry: RetryKind | undefined;
  /** True for a verdict on the key: missing, certainly wrong, or refused by the server. */
  readonly aboutKey: boolean;
  /** True if every call of the account fails until something is changed: key, quota, billing. */
  readonly aboutAccount: boolean;
  /** True if a report names the key of the request. */
  readonly namesKey: boolean;
  /** True if the key itself was refused (401), so that its source is read again. */
  readonly keyRefused: boolean;
  /** The effect on a boot. With `onUnreachable: 'fail'` it fails either way. */
  readonly boot: 'fails' | 'warns';
  /** The condition under which a boot can fail with the code, for docs/errors.md: a clause before "the app does not start". */
  readonly bootCondition?: string | undefined;
}

/** The first line of every example with the emulator. */
const START_EMULATOR =
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

const DETECTED_LOCALLY = {
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

const SET_KEY =
  'Set COHERE_API_KEY in the environment of this process, or in the .env file that ConfigModule.forRoot() loads, and start the app again.';
const CHECK_TEMPLATE =
  'If the value comes from a template, check that the variable it names exists where the template is filled in.';
const ALLOW_TRIAL = 'If a trial key is enough here, set COHERE_STARTUP_CHECK_ON_TRIAL_KEY to warn.';
const SHARE_A_LIMITER =
  'Share one rateLimiter among the processes that use this key; calls then wait instead of failing.';
const CHECK_JSON = 'If there is a proxy on the way, check that it does not change JSON.';
const SLOW_IN_GENERAL =
  'If calls are slow in general, raise COHERE_TIMEOUT_MS or send fewer texts in one call.';
const CREATE_A_KEY = 'Create a key at https://dashboard.cohere.com/api-keys.';

/** One entry per code. Plain data: a code is added here, and everything else follows. */
export const CATALOGUE = defineCatalogue({
  COHERE_API_KEY_MISSING: {
    ...DETECTED_LOCALLY,
    title: 'COHERE_API_KEY is not set.',
    meaning: 'No API key was found where the module looks for one, or the value found is empty.',
    causes: [
      'COHERE_API_KEY is not in the environment of this process.',
      'It is in a .env file that is not loaded.',
      'It is set under another name, such as CO_API_KEY.',
      'It is set, but empty or blank.',
    ],
    fix: [
      SET_KEY,
      CREATE_A_KEY,
      'If this deployment needs no key, pass apiKey: false to CohereModule.',
    ],
    fixElsewhere: [
      SET_KEY,
      'Ask the operator of {host} for a key.',
      'If this deployment needs no key, pass apiKey: false to CohereModule.',
    ],
    clientFix: ['Set COHERE_API_KEY where this app runs, and start the app again.'],
    reproduce: 'COHERE_API_KEY= npm start',
  },
  COHERE_API_KEY_MALFORMED: {
    ...DETECTED_LOCALLY,
    title: 'COHERE_API_KEY cannot be an API key.',
    meaning:
      'The value contains something that an API key never contains, so every request would fail.',
    causes: [
      'Quotation marks, white space or a line break were copied along with the key.',
      'The value still contains "Bearer " or "COHERE_API_KEY=" in front of the key.',
      'An invisible character was copied from a document or a chat.',
    ],
    fix: [
      'Copy the key again from https://dashboard.cohere.com/api-keys and set only the key, with nothing around it.',
    ],
    fixElsewhere: [
      'Copy the key again from the operator of {host} and set only the key, with nothing around it.',
    ],
    clientFix: [
      'Set COHERE_API_KEY to the API key alone, with nothing around it, and start the app again.',
    ],
    reproduce: `COHERE_API_KEY='"0123456789abcdefghijABCDEFGHIJ0123456789"' npm start`,
  },
  COHERE_API_KEY_PLACEHOLDER: {
    ...DETECTED_LOCALLY,
    title: 'COHERE_API_KEY is still a placeholder.',
    meaning: 'The value is an example, or a variable that was never filled in, not a key.',
    causes: [
      'The line was copied from .env.example or from a documentation page.',
      'A template such as ${COHERE_API_KEY} was not expanded by the shell, Compose, Helm or CI.',
    ],
    fix: ['Replace the placeholder with a real key.', CREATE_A_KEY, CHECK_TEMPLATE],
    fixElsewhere: ['Replace the placeholder with a key of {host}.', CHECK_TEMPLATE],
    clientFix: [
      'Set COHERE_API_KEY to a real API key instead of the placeholder, and start the app again.',
    ],
    reproduce: 'COHERE_API_KEY=your-api-key npm start',
  },
  COHERE_API_KEY_FOREIGN: {
    ...DETECTED_LOCALLY,
    title: "COHERE_API_KEY is another provider's key.",
    meaning: "The value has the prefix of another provider's keys; Cohere does not know it.",
    causes: ['Two variables were mixed up when the environment was written.'],
    fix: [
      'Set COHERE_API_KEY to a Cohere key.',
      'Treat the other key as exposed if this environment should not have contained it.',
      CREATE_A_KEY,
    ],
    clientFix: [
      "Set COHERE_API_KEY to a key of the deployment that this app calls instead of another provider's, and start the app again.",
    ],
    reproduce: 'COHERE_API_KEY=hf_0123456789abcdefghijABCDEFGHIJ0123 npm start',
  },
  COHERE_API_KEY_FILE_UNREADABLE: {
    ...DETECTED_LOCALLY,
    title: 'The API key file cannot be read.',
    meaning:
      'COHERE_API_KEY_FILE, or the option apiKey: { file }, names a file that cannot be read.',
    causes: [
      'The secret is not mounted into this container.',
      'The path is wrong, or relative to another working directory.',
      'The user that runs this process is not allowed to read the file.',
    ],
    fix: [
      'Mount the secret, or correct the path.',
      'Give the user that runs this process permission to read the file.',
    ],
    clientFix: [
      'Give this app a file with the API key that it can read, or set COHERE_API_KEY, and start the app again.',
    ],
    reproduce: 'COHERE_API_KEY_FILE=/nowhere/key npm start',
  },
  COHERE_API_KEY_SOURCE_FAILED: {
    ...DETECTED_LOCALLY,
    title: 'The function that supplies the API key failed.',
    meaning:
      'The app passed a function as apiKey, and the function threw or did not return a string.',
    causes: [
      'The secret store that the function calls refused the request or could not be reached.',
    ],
    fix: [
      'Make the apiKey function return the key as a string, or a promise of it.',
      'Check that this process has access to the secret store that the function calls.',
    ],
    clientFix: [
      'Repair the source that this app reads its API key from, or set COHERE_API_KEY, and start the app again.',
    ],
    reproduce: "CohereModule.forRoot({ apiKey: () => Promise.reject(new Error('no vault')) });",
  },
  COHERE_API_KEY_REJECTED: {
    ...REFUSED_BY_COHERE,
    title: 'The API key was rejected.',
    meaning:
      'Cohere responded that it does not know this key, or that the key is no longer active.',
    causes: [
      'The key is mistyped or truncated.',
      'The key was revoked or deleted in the dashboard.',
      'The key belongs to a different deployment than the one COHERE_BASE_URL points to.',
    ],
    fix: [
      'Compare the key with the one in https://dashboard.cohere.com/api-keys, character for character.',
      'If it is no longer there, create a new one, set COHERE_API_KEY to it and start the app again.',
      'If COHERE_BASE_URL is set, check that the key belongs to that deployment.',
    ],
    fixElsewhere: [
      'Check that the key is one that {host} accepts: COHERE_BASE_URL (or the option baseUrl) names that host.',
      'If the key belongs to another deployment, ask the operator of {host} for a key.',
    ],
    clientFix: ['Set COHERE_API_KEY to an active API key, and start the app again.'],
    reproduce: `${START_EMULATOR}
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.revoked });`,
  },
  COHERE_API_KEY_EXPIRED: {
    ...REFUSED_BY_COHERE,
    title: 'The API key has expired.',
    meaning: 'Cohere knows the key, but it has expired.',
    causes: ['The key was a trial or time-limited key.'],
    fix: [
      'Create a production key at https://dashboard.cohere.com/api-keys.',
      'Set COHERE_API_KEY to it and start the app again.',
    ],
    fixElsewhere: [
      'Ask the operator of {host} for a new key.',
      'Set COHERE_API_KEY to it and start the app again.',
    ],
    clientFix: ['Set COHERE_API_KEY to an API key that has not expired, and start the app again.'],
    reproduce: `${START_EMULATOR}
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.expired });`,
  },
  COHERE_API_KEY_FORBIDDEN: {
    ...REFUSED_BY_COHERE,
    // Reading the key source again does not change the permissions of the key.
    keyRefused: false,
    bootCondition: "Only `startupCheck: 'rerank'` is sure to find it: then",
    title: 'The API key is not allowed to use this endpoint.',
    meaning: 'Cohere knows the key, but does not allow it to do this.',
    causes: [
      'The key, or the role of its owner, has no access to this endpoint, such as rerank.',
      'The model is not available to this account.',
    ],
    fix: [
      'Check in https://dashboard.cohere.com that the account and the key have access to this endpoint.',
      'Use a key of an account that has access, and start the app again.',
    ],
    fixElsewhere: [
      'Ask the operator of {host} to allow this key, or for a key that is allowed to do this.',
    ],
    clientFix: [
      'Give the key in COHERE_API_KEY the permission that this endpoint requires, or set COHERE_API_KEY to a key that has it.',
    ],
    reproduce: `${START_EMULATOR}
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.noRerank, startupCheck: 'rerank' });`,
  },
  COHERE_API_KEY_WRONG_ORGANIZATION: {
    ...REFUSED_BY_COHERE,
    // The key itself works; another reading of the same key changes nothing.
    keyRefused: false,
    bootCondition: "With `organizationId`, unless `startupCheck` is `'off'`,",
    title: 'The API key belongs to another organization.',
    meaning:
      'The key works, but for another organization than the one that COHERE_ORGANIZATION_ID (or the option organizationId) names.',
    causes: [
      'The key of another environment was set, such as the staging key in production.',
      'COHERE_ORGANIZATION_ID names the wrong organization.',
    ],
    fix: [
      'Set COHERE_API_KEY to a key of the organization that COHERE_ORGANIZATION_ID names, and start the app again.',
      'If the key is the right one, correct COHERE_ORGANIZATION_ID (or the option organizationId).',
    ],
    clientFix: [
      'Set COHERE_API_KEY to a key of the organization that this app belongs to, and start the app again.',
    ],
    reproduce: `${START_EMULATOR}
emulator.setKey(emulator.keys.active, { organizationId: 'org-staging' });
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.active, organizationId: 'org-production' });`,
  },
  COHERE_API_KEY_TRIAL: {
    ...REFUSED_BY_COHERE,
    // A trial key works, within its limits.
    keyRefused: false,
    bootCondition: "With `startupCheck: { onTrialKey: 'fail' }`",
    title: 'The API key is a trial key.',
    meaning:
      'The key works, but is a trial key, limited to 10 rerank calls a minute and 1,000 calls a month, and this app requires a production key.',
    causes: ['The key of a trial account was set in an environment with real traffic.'],
    fix: [
      'Create a production key at https://dashboard.cohere.com/api-keys, set COHERE_API_KEY to it and start the app again.',
      ALLOW_TRIAL,
    ],
    fixElsewhere: [
      'Ask the operator of {host} for a production key, set COHERE_API_KEY to it and start the app again.',
      ALLOW_TRIAL,
    ],
    clientFix: ['Set COHERE_API_KEY to a production key, and start the app again.'],
    reproduce: `${START_EMULATOR}
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.trial, startupCheck: { mode: 'key', onTrialKey: 'fail' } });`,
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
      'One or more options or environment variables have a value that is not allowed. Every one of them is reported.',
    causes: ['A typo, a wrong unit, or a value out of range.'],
    fix: ['Correct the setting that the report names, and start the app again.'],
    clientFix: [
      'Ask the operator of this app to correct its settings; the log names each one that is wrong.',
    ],
    reproduce: 'COHERE_TIMEOUT_MS=soon npm start',
    httpStatus: 500,
  },

  COHERE_REQUEST_INVALID: {
    ...INVALID_REQUEST,
    boot: 'warns',
    title: 'The request is invalid.',
    meaning:
      'An argument of the call is wrong. It was found before the request was sent, or the server rejected it.',
    causes: [
      'The query is blank, topN is not a whole number of at least 1, or a document cannot be converted to text.',
      'The server does not accept a parameter or a size (HTTP 400, 413 or 422).',
    ],
    fix: ['Correct the argument named under Found.'],
    clientFix: ['Correct the request: check its texts and its parameters.'],
    reproduce: "await rerankService.rerank({ query: ' ', documents: ['a'] });",
    httpStatus: 400,
  },
  COHERE_MODEL_NOT_FOUND: {
    ...INVALID_REQUEST,
    boot: 'fails',
    bootCondition: "With `startupCheck: 'model'` or `'rerank'`",
    title: 'The model does not exist, or is not available to this key.',
    meaning:
      'The model does not exist, was removed, does not serve this endpoint, or this account has no access to it.',
    causes: [
      'The id in COHERE_RERANK_MODEL, or the option model, is mistyped.',
      'The model has been retired.',
      'The id is that of a chat or embedding model.',
    ],
    fix: [
      'Set COHERE_RERANK_MODEL, or the option model, to a rerank model that this account can use.',
      'See https://docs.cohere.com/docs/rerank for the current ids.',
    ],
    fixElsewhere: [
      'Set COHERE_RERANK_MODEL, or the option model, to a model that {host} serves; ask its operator for the ids.',
    ],
    clientFix: [
      'Name a model that the account of this app can use, or ask the operator of this app to set one.',
    ],
    reproduce: 'COHERE_RERANK_MODEL=rerank-v0 COHERE_STARTUP_CHECK=model npm start',
    httpStatus: 404,
  },

  COHERE_RATE_LIMITED: {
    ...UNAVAILABLE,
    error: 'RateLimitError',
    retry: 'throttled',
    namesKey: true,
    title: 'Too many requests: the rate limit has been reached.',
    meaning:
      'More requests were sent in a minute than this key allows, and no retry fit into the deadline.',
    causes: [
      'A trial key is limited to 10 rerank calls a minute.',
      'Several instances share one production key.',
    ],
    fix: [
      'Wait as long as Cohere asks for, then try again.',
      'Lower COHERE_CONCURRENCY, or use a production key if this is a trial key.',
      SHARE_A_LIMITER,
    ],
    fixElsewhere: [
      'Wait as long as {host} asks for, then try again.',
      'Lower COHERE_CONCURRENCY, or ask the operator of {host} for a higher limit.',
      SHARE_A_LIMITER,
    ],
    clientFix: ['Wait a minute, then try again.'],
    reproduce: `${START_EMULATOR}
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.trial });
// then eleven reranks within a minute`,
    httpStatus: 429,
  },
  COHERE_QUOTA_EXHAUSTED: {
    ...QUOTA,
    title: 'The quota of the API key is used up.',
    meaning:
      'A quota or budget is used up, such as the 1,000 calls a month of a trial key. Waiting a minute does not help.',
    causes: ['An app that runs all the time uses a trial key.'],
    fix: [
      'Create a production key at https://dashboard.cohere.com/api-keys and set COHERE_API_KEY to it.',
      'Or wait until next month.',
    ],
    fixElsewhere: [
      'Ask the operator of {host} to raise the quota or budget of the key.',
      'Or wait until it is reset.',
    ],
    clientFix: [
      'Ask the operator of this app to raise the quota of its API key; waiting a minute does not help.',
    ],
    reproduce: `${START_EMULATOR}
const message = 'You are using a Trial key, which is limited to 1000 API calls / month';
emulator.fail({ kind: 'status', status: 429, message }, { times: Infinity });
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.trial });`,
    httpStatus: 429,
  },
  COHERE_BILLING_REQUIRED: {
    ...QUOTA,
    title: 'A payment is required, or the billing limit has been reached.',
    meaning:
      'The server responded with 402, or says that the balance is insufficient: the key does not work until the account is changed.',
    causes: [
      'The payment method is missing or has expired.',
      'The billing limit of the key has been reached.',
    ],
    fix: [
      'Add or update the payment method at https://dashboard.cohere.com/billing?tab=payment.',
      'Or raise the billing limit of the key in the dashboard.',
    ],
    fixElsewhere: ['Ask the operator of {host} to check the billing of this account.'],
    clientFix: ['Ask the operator of this app to check the billing of its account.'],
    reproduce: `${START_EMULATOR}
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.unpaid, startupCheck: 'rerank' });`,
    httpStatus: 402,
  },

  COHERE_UNREACHABLE: {
    ...UNAVAILABLE,
    title: 'The server could not be reached.',
    meaning:
      'There was no HTTP response: the name did not resolve, the connection failed, or TLS failed.',
    causes: [
      'This machine cannot reach the host, or needs a proxy.',
      'COHERE_BASE_URL has a wrong host or port.',
      'There is a proxy with its own certificate authority on the way.',
    ],
    fix: [
      'Check that this machine can reach the host under Found, for example with curl.',
      'If it needs a proxy, set HTTPS_PROXY (and NO_PROXY); for a private certificate authority, NODE_EXTRA_CA_CERTS.',
      'If COHERE_BASE_URL is set, check it.',
    ],
    clientFix: [
      'Try again later.',
      'If it persists, ask the operator of this app to check its network.',
    ],
    reproduce:
      'COHERE_API_KEY=0123456789abcdefghijABCDEFGHIJ0123456789 COHERE_BASE_URL=http://127.0.0.1:9 COHERE_STARTUP_CHECK_ON_UNREACHABLE=fail npm start',
  },
  COHERE_BLOCKED: {
    ...UNAVAILABLE,
    retryable: false,
    retry: undefined,
    title: 'Something on the way responded in place of the server.',
    meaning:
      'The response was an HTML page instead of JSON: a block by region or IP address (HTTP 403), a proxy, or the login page of a network. It says nothing about the key.',
    causes: [
      "The caller's IP address or region is blocked at the edge.",
      'A proxy or a captive portal responds instead of Cohere.',
    ],
    fix: [
      'Call from another network or region, or through the proxy your network requires.',
      'Ask the administrator of the network whether api.cohere.com is allowed.',
    ],
    fixElsewhere: [
      'Call from another network, or through the proxy your network requires.',
      'Ask the administrator of the network whether {host} is allowed.',
    ],
    clientFix: [
      'Ask the operator of this app to check its network: something on the way refuses its requests.',
    ],
    reproduce: `${START_EMULATOR}
emulator.fail({ kind: 'html', status: 403 }, { times: Infinity });
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.active });`,
  },
  COHERE_UPSTREAM_ERROR: {
    ...UNAVAILABLE,
    title: 'The server returned an error.',
    meaning:
      'Cohere responded with a server error, or with a status that this library does not know.',
    causes: ['An outage or maintenance at Cohere; see https://status.cohere.ai.'],
    fix: [
      'Try again later; see https://status.cohere.ai.',
      'If it persists, contact Cohere support with the request id.',
    ],
    fixElsewhere: ['Try again later, and look at the logs of {host}.'],
    clientFix: ['Try again later.'],
    reproduce: `${START_EMULATOR}
emulator.fail({ kind: 'status', status: 503 }, { times: Infinity });
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.active });`,
  },
  COHERE_RESPONSE_INVALID: {
    ...UNAVAILABLE,
    retryable: false,
    retry: undefined,
    title: 'The response is not valid.',
    meaning:
      'The response is not JSON, lacks results, or ranks documents that were not sent. It was not used.',
    causes: [
      'COHERE_BASE_URL points to a server that is not Cohere, or to a wrong path.',
      'A proxy changed or truncated the response.',
    ],
    fix: [
      'Check COHERE_BASE_URL: it is the address without /v1 or /v2, e.g. https://api.cohere.com.',
      CHECK_JSON,
    ],
    fixElsewhere: [
      'Check COHERE_BASE_URL (or the option baseUrl): it is the address without /v1 or /v2.',
      CHECK_JSON,
    ],
    clientFix: ['Ask the operator of this app to check the address that it sends its requests to.'],
    reproduce: `${START_EMULATOR}
emulator.fail({ kind: 'non-json' }, { times: Infinity });
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.active });`,
  },
  COHERE_TIMEOUT: {
    ...UNAVAILABLE,
    error: 'TimeoutError',
    // The deadline has passed: only the caller can retry.
    retry: undefined,
    title: 'There was no response in time.',
    meaning:
      'The deadline of the whole call (timeoutMs) passed. It covers waiting, all attempts, and reading the response.',
    causes: ['Cohere or the network is slow.', 'timeoutMs is too small for this many documents.'],
    fix: ['Try again later; see https://status.cohere.ai.', SLOW_IN_GENERAL],
    fixElsewhere: ['Check that {host} is up and not overloaded.', SLOW_IN_GENERAL],
    clientFix: ['Try again later, or send fewer or shorter texts.'],
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

/**
 * Every code a {@link Diagnosis} can carry. A code never changes its meaning; new ones may be added.
 *
 * @publicApi
 */
export const DIAGNOSIS_CODES = codesOf(CATALOGUE);

/** @publicApi */
export type DiagnosisCode = (typeof DIAGNOSIS_CODES)[number];

// Inferred, so that the published types name the codes and not the catalogue.
function codesOf<Code extends string>(catalogue: Readonly<Record<Code, unknown>>): readonly Code[] {
  return Object.keys(catalogue).filter((key): key is Code => Object.hasOwn(catalogue, key));
}

export function isDiagnosisCode(value: unknown): value is DiagnosisCode {
  return typeof value === 'string' && Object.hasOwn(CATALOGUE, value);
}
