import type { DiagnosisCode } from '../catalogue.js';
import type { Diagnosis } from '../diagnosis.interface.js';

/**
 * One occurrence of every code, for docs/errors.md and `explain`. Recorded from the code that finds it, by
 * `npm run docs:errors`; do not edit.
 */
export const EXAMPLES: Readonly<Record<DiagnosisCode, Diagnosis>> = {
  COHERE_API_KEY_MISSING: {
    code: 'COHERE_API_KEY_MISSING',
    title: 'COHERE_API_KEY is not set.',
    detail: 'no COHERE_API_KEY in the environment of this process, nor COHERE_API_KEY_FILE',
    fix: [
      'Set COHERE_API_KEY in the environment of this process, or in the .env file that ConfigModule.forRoot() loads, and start the app again.',
      'Create a key at https://dashboard.cohere.com/api-keys.',
      'If this deployment needs no key, pass apiKey: false to CohereModule.',
    ],
    docs: 'https://github.com/nestjs-cohere/nestjs-cohere/blob/main/docs/errors.md#cohere_api_key_missing',
    httpStatus: 401,
    retryable: false,
    exitCode: 78,
  },
  COHERE_API_KEY_MALFORMED: {
    code: 'COHERE_API_KEY_MALFORMED',
    title: 'COHERE_API_KEY is wrapped in quotation marks.',
    detail:
      'The quotation marks are part of the value: whatever set the variable did not remove them.',
    fix: [
      'Remove the quotation marks around the value.',
      'Copy the key again from https://dashboard.cohere.com/api-keys and set only the key, with nothing around it.',
    ],
    docs: 'https://github.com/nestjs-cohere/nestjs-cohere/blob/main/docs/errors.md#cohere_api_key_malformed',
    httpStatus: 401,
    retryable: false,
    exitCode: 78,
    key: 'COHERE_API_KEY from .env:3, 42 characters, sha256:5ed94e6b',
  },
  COHERE_API_KEY_PLACEHOLDER: {
    code: 'COHERE_API_KEY_PLACEHOLDER',
    title: 'COHERE_API_KEY is still a placeholder.',
    detail: '',
    fix: [
      'Replace the placeholder with a real key.',
      'Create a key at https://dashboard.cohere.com/api-keys.',
    ],
    docs: 'https://github.com/nestjs-cohere/nestjs-cohere/blob/main/docs/errors.md#cohere_api_key_placeholder',
    httpStatus: 401,
    retryable: false,
    exitCode: 78,
    key: 'COHERE_API_KEY from .env:3, 12 characters, sha256:a2ae6a9e',
  },
  COHERE_API_KEY_FOREIGN: {
    code: 'COHERE_API_KEY_FOREIGN',
    title: 'COHERE_API_KEY contains a key of another provider: Hugging Face.',
    detail: '',
    fix: [
      'Put a Cohere key there; this one has the prefix of Hugging Face keys.',
      'Treat the other key as exposed if this environment should not have contained it.',
      'Create a key at https://dashboard.cohere.com/api-keys.',
    ],
    docs: 'https://github.com/nestjs-cohere/nestjs-cohere/blob/main/docs/errors.md#cohere_api_key_foreign',
    httpStatus: 401,
    retryable: false,
    exitCode: 78,
    key: 'COHERE_API_KEY from .env:3, 37 characters, sha256:003f1fb6',
  },
  COHERE_API_KEY_FILE_UNREADABLE: {
    code: 'COHERE_API_KEY_FILE_UNREADABLE',
    title: 'The API key file /nowhere/key cannot be read.',
    detail: '/nowhere/key, named by COHERE_API_KEY_FILE from .env:3; ENOENT: there is no such file',
    fix: [
      'Mount the secret, or correct the path.',
      'Give the user that runs this process permission to read the file.',
    ],
    docs: 'https://github.com/nestjs-cohere/nestjs-cohere/blob/main/docs/errors.md#cohere_api_key_file_unreadable',
    httpStatus: 401,
    retryable: false,
    exitCode: 78,
  },
  COHERE_API_KEY_SOURCE_FAILED: {
    code: 'COHERE_API_KEY_SOURCE_FAILED',
    title: 'The function that supplies the API key failed.',
    detail:
      'the apiKey function threw Error (its message is not shown because it may contain the secret)',
    fix: [
      'Make the apiKey function return the key as a string, or a promise of it.',
      'Check that this process has access to the secret store that the function calls.',
    ],
    docs: 'https://github.com/nestjs-cohere/nestjs-cohere/blob/main/docs/errors.md#cohere_api_key_source_failed',
    httpStatus: 401,
    retryable: false,
    exitCode: 78,
  },
  COHERE_API_KEY_REJECTED: {
    code: 'COHERE_API_KEY_REJECTED',
    title: 'Cohere rejected the API key.',
    detail: 'api.cohere.com/v1/check-api-key answered 401: invalid api token.',
    fix: [
      'Compare the key with the one in https://dashboard.cohere.com/api-keys, character for character.',
      'If it is no longer there, create a new one. Set COHERE_API_KEY to it and start the app again.',
    ],
    docs: 'https://github.com/nestjs-cohere/nestjs-cohere/blob/main/docs/errors.md#cohere_api_key_rejected',
    httpStatus: 401,
    retryable: false,
    exitCode: 77,
    key: 'COHERE_API_KEY from .env:3, 40 characters, sha256:70fbb174',
    upstream: {
      status: 401,
      message: 'invalid api token',
      requestId: '07734bd2247340f794e10d9f0e6843cf',
    },
  },
  COHERE_API_KEY_EXPIRED: {
    code: 'COHERE_API_KEY_EXPIRED',
    title: 'The API key has expired.',
    detail:
      'api.cohere.com/v1/check-api-key answered 401: Your API key has expired. Please create a production key at dashboard.cohere.com or reach out to your contact at Cohere to continue usage.',
    fix: [
      'Create a production key at https://dashboard.cohere.com/api-keys.',
      'Set COHERE_API_KEY to it and start the app again.',
    ],
    docs: 'https://github.com/nestjs-cohere/nestjs-cohere/blob/main/docs/errors.md#cohere_api_key_expired',
    httpStatus: 401,
    retryable: false,
    exitCode: 77,
    key: 'COHERE_API_KEY from .env:3, 40 characters, sha256:70fbb174',
    upstream: {
      status: 401,
      message:
        'Your API key has expired. Please create a production key at dashboard.cohere.com or reach out to your contact at Cohere to continue usage.',
      requestId: '07734bd2247340f794e10d9f0e6843cf',
    },
  },
  COHERE_API_KEY_FORBIDDEN: {
    code: 'COHERE_API_KEY_FORBIDDEN',
    title: 'The API key is not allowed to use this endpoint.',
    detail: 'api.cohere.com/v2/rerank answered 403: user does not have the necessary permissions.',
    fix: [
      'Check in https://dashboard.cohere.com that the account and the key have access to rerank.',
      'Use a key of an account that has access, and start the app again.',
    ],
    docs: 'https://github.com/nestjs-cohere/nestjs-cohere/blob/main/docs/errors.md#cohere_api_key_forbidden',
    httpStatus: 401,
    retryable: false,
    exitCode: 77,
    key: 'COHERE_API_KEY from .env:3, 40 characters, sha256:70fbb174',
    upstream: {
      status: 403,
      message: 'user does not have the necessary permissions',
      requestId: '07734bd2247340f794e10d9f0e6843cf',
    },
  },
  COHERE_CONFIG_INVALID: {
    code: 'COHERE_CONFIG_INVALID',
    title: 'COHERE_TIMEOUT_MS must be a whole number from 1 to 600000.',
    detail: 'COHERE_TIMEOUT_MS from .env:4: "soon"',
    fix: [
      'Set COHERE_TIMEOUT_MS to a whole number from 1 to 600000, in milliseconds, or leave it out to use the default, 10000.',
    ],
    docs: 'https://github.com/nestjs-cohere/nestjs-cohere/blob/main/docs/errors.md#cohere_config_invalid',
    httpStatus: 500,
    retryable: false,
    exitCode: 78,
  },
  COHERE_REQUEST_INVALID: {
    code: 'COHERE_REQUEST_INVALID',
    title: 'query must be a string that is not blank.',
    detail: 'query is blank. Nothing was sent to Cohere.',
    fix: ['Pass a string that is not blank as query.'],
    docs: 'https://github.com/nestjs-cohere/nestjs-cohere/blob/main/docs/errors.md#cohere_request_invalid',
    httpStatus: 400,
    retryable: false,
    exitCode: 78,
  },
  COHERE_MODEL_NOT_FOUND: {
    code: 'COHERE_MODEL_NOT_FOUND',
    title: 'Cohere does not know the model.',
    detail:
      "api.cohere.com/v1/models/rerank-v0 answered 404: model 'rerank-v0' not found, make sure the correct model ID was used and that you have access to the model.",
    fix: [
      'Set COHERE_RERANK_MODEL, or the option model, to a rerank model that this account can use.',
      'See https://docs.cohere.com/docs/rerank for the current ids.',
    ],
    docs: 'https://github.com/nestjs-cohere/nestjs-cohere/blob/main/docs/errors.md#cohere_model_not_found',
    httpStatus: 404,
    retryable: false,
    exitCode: 78,
    upstream: {
      status: 404,
      message:
        "model 'rerank-v0' not found, make sure the correct model ID was used and that you have access to the model.",
      requestId: '07734bd2247340f794e10d9f0e6843cf',
    },
  },
  COHERE_RATE_LIMITED: {
    code: 'COHERE_RATE_LIMITED',
    title: 'The trial key has reached its limit for this minute.',
    detail:
      "api.cohere.com/v2/rerank answered 429: You are using a Trial key, which is limited to 10 API calls / minute. You can continue to use the Trial key for free or upgrade to a Production key with higher rate limits at 'https://dashboard.cohere.com/api-keys'. Contact us on 'https://discord.gg/XW44jPfYJu' or email us at support@cohere.com wit…",
    fix: [
      'Wait a minute, then try again.',
      'Use a production key, see https://dashboard.cohere.com/api-keys; its limit is a hundred times higher.',
    ],
    docs: 'https://github.com/nestjs-cohere/nestjs-cohere/blob/main/docs/errors.md#cohere_rate_limited',
    httpStatus: 429,
    retryable: true,
    exitCode: 69,
    key: 'COHERE_API_KEY from .env:3, 40 characters, sha256:70fbb174',
    upstream: {
      status: 429,
      message:
        "You are using a Trial key, which is limited to 10 API calls / minute. You can continue to use the Trial key for free or upgrade to a Production key with higher rate limits at 'https://dashboard.cohere.com/api-keys'. Contact us on 'https://discord.gg/XW44jPfYJu' or email us at support@cohere.com wit…",
      requestId: '07734bd2247340f794e10d9f0e6843cf',
    },
  },
  COHERE_QUOTA_EXHAUSTED: {
    code: 'COHERE_QUOTA_EXHAUSTED',
    title: "The key's monthly quota is used up.",
    detail:
      'api.cohere.com/v2/rerank answered 429: You are using a Trial key, which is limited to 1000 API calls / month.',
    fix: [
      'Create a production key at https://dashboard.cohere.com/api-keys and set COHERE_API_KEY to it.',
      'Or wait until next month.',
    ],
    docs: 'https://github.com/nestjs-cohere/nestjs-cohere/blob/main/docs/errors.md#cohere_quota_exhausted',
    httpStatus: 429,
    retryable: false,
    exitCode: 69,
    key: 'COHERE_API_KEY from .env:3, 40 characters, sha256:70fbb174',
    upstream: {
      status: 429,
      message: 'You are using a Trial key, which is limited to 1000 API calls / month.',
      requestId: '07734bd2247340f794e10d9f0e6843cf',
    },
  },
  COHERE_BILLING_REQUIRED: {
    code: 'COHERE_BILLING_REQUIRED',
    title: 'Cohere requires a payment method.',
    detail:
      'api.cohere.com/v2/rerank answered 402: Please add or update your payment method at https://dashboard.cohere.com/billing?tab=payment to continue.',
    fix: ['Add or update the payment method at https://dashboard.cohere.com/billing?tab=payment.'],
    docs: 'https://github.com/nestjs-cohere/nestjs-cohere/blob/main/docs/errors.md#cohere_billing_required',
    httpStatus: 402,
    retryable: false,
    exitCode: 69,
    key: 'COHERE_API_KEY from .env:3, 40 characters, sha256:70fbb174',
    upstream: {
      status: 402,
      message:
        'Please add or update your payment method at https://dashboard.cohere.com/billing?tab=payment to continue',
      requestId: '07734bd2247340f794e10d9f0e6843cf',
    },
  },
  COHERE_UNREACHABLE: {
    code: 'COHERE_UNREACHABLE',
    title: 'The host of Cohere does not exist in DNS, as seen from here.',
    detail: 'api.cohere.com/v1/check-api-key: the name did not resolve (ENOTFOUND api.cohere.com).',
    fix: [
      'Check that the DNS this machine or container uses resolves names outside its own network.',
      'If this network needs a proxy, set HTTPS_PROXY (and NO_PROXY for hosts to reach directly).',
    ],
    docs: 'https://github.com/nestjs-cohere/nestjs-cohere/blob/main/docs/errors.md#cohere_unreachable',
    httpStatus: 502,
    retryable: true,
    exitCode: 69,
  },
  COHERE_BLOCKED: {
    code: 'COHERE_BLOCKED',
    title:
      'Cohere, or a proxy on the way, refuses calls from this network; the key is not the cause.',
    detail: 'api.cohere.com/v1/check-api-key answered 403 with an HTML page.',
    fix: [
      'Call from another network or region, or through the proxy your network requires.',
      'Ask the administrator of the network whether api.cohere.com is allowed.',
    ],
    docs: 'https://github.com/nestjs-cohere/nestjs-cohere/blob/main/docs/errors.md#cohere_blocked',
    httpStatus: 502,
    retryable: false,
    exitCode: 69,
    upstream: { status: 403, requestId: '07734bd2247340f794e10d9f0e6843cf' },
  },
  COHERE_UPSTREAM_ERROR: {
    code: 'COHERE_UPSTREAM_ERROR',
    title: 'Cohere is overloaded or under maintenance.',
    detail: 'api.cohere.com/v1/check-api-key answered 503: service unavailable.',
    fix: ['Try again later; see https://status.cohere.ai.'],
    docs: 'https://github.com/nestjs-cohere/nestjs-cohere/blob/main/docs/errors.md#cohere_upstream_error',
    httpStatus: 503,
    retryable: true,
    exitCode: 69,
    upstream: {
      status: 503,
      message: 'service unavailable',
      requestId: '07734bd2247340f794e10d9f0e6843cf',
    },
  },
  COHERE_RESPONSE_INVALID: {
    code: 'COHERE_RESPONSE_INVALID',
    title: 'The response is not a valid Cohere response.',
    detail: 'api.cohere.com/v1/check-api-key answered 200, but the body is not JSON.',
    fix: [
      'Check COHERE_BASE_URL: it is the address without /v1 or /v2, e.g. https://api.cohere.com.',
      'If there is a proxy on the way, check that it does not change JSON.',
    ],
    docs: 'https://github.com/nestjs-cohere/nestjs-cohere/blob/main/docs/errors.md#cohere_response_invalid',
    httpStatus: 502,
    retryable: false,
    exitCode: 69,
    upstream: { status: 200, requestId: '07734bd2247340f794e10d9f0e6843cf' },
  },
  COHERE_TIMEOUT: {
    code: 'COHERE_TIMEOUT',
    title: 'Cohere did not respond within 1000 ms.',
    detail:
      'api.cohere.com/v1/check-api-key: after 1000 ms the request was sent, but no response had begun.',
    fix: [
      'Try again later; see https://status.cohere.ai.',
      'If it is slow in general, raise COHERE_STARTUP_CHECK_TIMEOUT_MS.',
    ],
    docs: 'https://github.com/nestjs-cohere/nestjs-cohere/blob/main/docs/errors.md#cohere_timeout',
    httpStatus: 504,
    retryable: true,
    exitCode: 69,
  },
};
