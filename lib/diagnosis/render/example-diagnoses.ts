import { classifyNetworkFailure } from '../classify-network-failure.js';
import { classifyResponse } from '../classify-response.js';
import { createDiagnosis, type Occurrence } from '../create-diagnosis.js';
import { diagnoseTimeout } from '../diagnose-timeout.js';
import type { Diagnosis } from '../diagnosis.interface.js';
import type { DiagnosisCode } from '../catalogue.js';
import type { RequestContext } from '../request-context.js';

const KEY = { name: 'COHERE_API_KEY', length: 40, fingerprint: 'sha256:1f3a9c02' };
const ORIGIN = 'COHERE_API_KEY from .env:3, 40 characters, sha256:1f3a9c02';
const CHECK_KEY: RequestContext = {
  baseUrl: 'https://api.cohere.com',
  path: '/v1/check-api-key',
  key: KEY,
};
const RERANK: RequestContext = { ...CHECK_KEY, path: '/v2/rerank' };
const REQUEST_ID = '07734bd2-2473-4f07-94e1-0d9f0e6843cf';

/** One occurrence of every code, for documentation; what Cohere says goes the way a real answer goes. */
export const EXAMPLES: Readonly<Record<DiagnosisCode, () => Diagnosis>> = {
  COHERE_API_KEY_MISSING: offline('COHERE_API_KEY_MISSING', {
    detail:
      'COHERE_API_KEY and COHERE_API_KEY_FILE are not set in the environment of this process.',
  }),
  COHERE_API_KEY_MALFORMED: offline('COHERE_API_KEY_MALFORMED', {
    title: 'COHERE_API_KEY is wrapped in quotation marks.',
    key: 'COHERE_API_KEY from .env:3, 42 characters, sha256:5d1c07ab',
    detail: '',
    fix: ['Remove the quotation marks around the value, and start the app again.'],
  }),
  COHERE_API_KEY_PLACEHOLDER: offline('COHERE_API_KEY_PLACEHOLDER', {
    key: 'COHERE_API_KEY from .env:3, 12 characters, sha256:d8a9b7cc',
    detail: '',
  }),
  COHERE_API_KEY_FOREIGN: offline('COHERE_API_KEY_FOREIGN', {
    title: 'COHERE_API_KEY holds a key of Hugging Face.',
    key: 'COHERE_API_KEY from the environment, 37 characters, sha256:90e2b6f4',
    detail: '',
  }),
  COHERE_API_KEY_FILE_UNREADABLE: offline('COHERE_API_KEY_FILE_UNREADABLE', {
    detail: 'COHERE_API_KEY_FILE names /run/secrets/cohere (ENOENT: no such file).',
  }),
  COHERE_API_KEY_SOURCE_FAILED: offline('COHERE_API_KEY_SOURCE_FAILED', {
    detail: 'The apiKey function threw an Error.',
  }),
  COHERE_API_KEY_REJECTED: answered(401, 'invalid api token', CHECK_KEY),
  COHERE_API_KEY_EXPIRED: answered(
    401,
    'Your API key has expired. Please create a production key at dashboard.cohere.com or reach out to your contact at Cohere to continue usage.',
    CHECK_KEY,
  ),
  COHERE_API_KEY_FORBIDDEN: answered(403, 'user does not have the necessary permissions', RERANK),
  COHERE_CONFIG_INVALID: offline('COHERE_CONFIG_INVALID', {
    title: 'COHERE_TIMEOUT_MS must be a whole number.',
    detail: 'COHERE_TIMEOUT_MS from the environment is "soon".',
    fix: ['Set COHERE_TIMEOUT_MS to milliseconds, e.g. 10000, or remove it.'],
  }),
  COHERE_REQUEST_INVALID: offline('COHERE_REQUEST_INVALID', {
    title: 'The query is blank.',
    detail: 'query holds white space only.',
    fix: ['Pass a query that holds text.'],
  }),
  COHERE_MODEL_NOT_FOUND: answered(
    404,
    "model 'rerank-v0' not found, make sure the correct model ID was used and that you have access to the model.",
    { ...CHECK_KEY, path: '/v1/models/rerank-v0' },
  ),
  COHERE_RATE_LIMITED: answered(
    429,
    "You are using a Trial key, which is limited to 10 API calls / minute. You can continue to use the Trial key for free or upgrade to a Production key with higher rate limits at 'https://dashboard.cohere.com/api-keys'.",
    RERANK,
  ),
  COHERE_QUOTA_EXHAUSTED: answered(
    429,
    'You are using a Trial key, which is limited to 1000 API calls / month.',
    RERANK,
  ),
  COHERE_BILLING_REQUIRED: answered(
    402,
    'Please add or update your payment method at https://dashboard.cohere.com/billing?tab=payment to continue',
    RERANK,
  ),
  COHERE_UNREACHABLE: () =>
    classifyNetworkFailure(
      Object.assign(new Error(), { code: 'ENOTFOUND', hostname: 'api.cohere.com' }),
      CHECK_KEY,
    ),
  COHERE_BLOCKED: () =>
    classifyResponse(
      {
        status: 403,
        headers: { 'content-type': 'text/html' },
        body: '<!doctype html><title>403 Forbidden</title>',
      },
      CHECK_KEY,
    ),
  COHERE_UPSTREAM_ERROR: answered(503, 'service unavailable', RERANK),
  COHERE_RESPONSE_INVALID: () =>
    classifyResponse({ status: 404, headers: {}, body: '404 page not found' }, CHECK_KEY),
  COHERE_TIMEOUT: () => diagnoseTimeout(RERANK, 10_000, 'answer'),
};

function offline(code: DiagnosisCode, occurrence: Occurrence): () => Diagnosis {
  return () => createDiagnosis(code, occurrence);
}

function answered(status: number, message: string, context: RequestContext): () => Diagnosis {
  const body = JSON.stringify({ message, id: REQUEST_ID });
  const headers = { 'content-type': 'application/json' };
  return () => {
    const diagnosis = classifyResponse({ status, headers, body }, context);
    return diagnosis.key === undefined ? diagnosis : { ...diagnosis, key: ORIGIN };
  };
}
