import { EXIT_CODE, type CatalogueEntry } from './catalogue-entry.interface.js';
import { START_EMULATOR } from './start-emulator.js';

const UNAVAILABLE = {
  error: 'UnavailableError',
  httpStatus: 502,
  retryable: true,
  exitCode: EXIT_CODE.unavailable,
} as const;

export const AVAILABILITY_ENTRIES = {
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
    reproduce: 'COHERE_BASE_URL=http://127.0.0.1:9 npm start',
  },
  COHERE_BLOCKED: {
    ...UNAVAILABLE,
    retryable: false,
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
    error: 'TimeoutError',
    httpStatus: 504,
    retryable: true,
    exitCode: EXIT_CODE.unavailable,
  },
} as const satisfies Record<string, CatalogueEntry>;
