import type { ResponseRule } from './response-rule.interface.js';

const CHECK_BASE_URL =
  'Check COHERE_BASE_URL (or the option baseUrl): it is the address without /v1 or /v2, e.g. https://api.cohere.com.';

/** What no server of Cohere's says: proxies, portals and other servers. These come first. */
export const NETWORK_RULES: readonly ResponseRule[] = [
  {
    status: [407],
    code: 'COHERE_BLOCKED',
    title: 'The proxy between this app and Cohere asks for a user and a password.',
    fix: [
      'Put them into the proxy address: HTTPS_PROXY=http://user:password@proxy:port.',
      'Or let the proxy pass this host without them.',
    ],
  },
  {
    status: [511],
    code: 'COHERE_BLOCKED',
    title: 'The network asks for a login before it lets this app out.',
    fix: ['Log this machine in to the network, or use another network.'],
  },
  {
    status: [451],
    code: 'COHERE_BLOCKED',
    title: 'Cohere may not serve this place (HTTP 451).',
  },
  {
    status: [400, 426, 497],
    says: /plain HTTP request was sent to HTTPS port|HTTP request to an HTTPS server/i,
    code: 'COHERE_RESPONSE_INVALID',
    title: 'The server expects https, but COHERE_BASE_URL begins with http.',
    fix: ['Write https:// in COHERE_BASE_URL (or the option baseUrl).'],
  },
  {
    status: { from: 300, to: 399 },
    code: 'COHERE_RESPONSE_INVALID',
    title: 'The server redirects to another address, where the key is not sent.',
    fix: [
      'If the address the detail names is the right one, set COHERE_BASE_URL (or the option baseUrl) to it.',
      'If it is the login page of a network or a proxy, log in there, or use another network.',
    ],
  },
  {
    status: [404, 405, 410],
    format: ['html'],
    code: 'COHERE_RESPONSE_INVALID',
    title: 'COHERE_BASE_URL leads to a web server that is not Cohere.',
    fix: [CHECK_BASE_URL],
  },
  {
    status: [403],
    format: ['html'],
    code: 'COHERE_BLOCKED',
    title:
      'Cohere, or a proxy on the way, refuses calls from this network; the key is not the cause.',
  },
  // An Istio or nginx answer such as "RBAC: access denied". Cohere's own 403 is JSON.
  { status: [403], format: ['text', 'empty'], code: 'COHERE_BLOCKED' },
  { status: { from: 200, to: 401 }, format: ['html'], code: 'COHERE_BLOCKED' },
  { status: [402, 422, 498, 499], format: ['html'], code: 'COHERE_BLOCKED' },
];

/** A server answered that has no such path. */
export const WRONG_ADDRESS_RULES: readonly ResponseRule[] = [
  {
    status: [404, 405],
    path: /\/check-api-key$/,
    code: 'COHERE_RESPONSE_INVALID',
    title: 'This deployment has no /v1/check-api-key, so the key could not be checked.',
    fix: [
      CHECK_BASE_URL,
      'If the deployment is right and cannot check keys (Azure, some private ones), set COHERE_STARTUP_CHECK to rerank, or to off.',
    ],
  },
  // Not COHERE_CONFIG_INVALID, which fails every boot: the same words come from a gateway whose routes are not
  // there yet, and a deploy must not fail for that.
  {
    status: [404, 405],
    says: /page not found|no route|method not allowed/i,
    code: 'COHERE_RESPONSE_INVALID',
    title: 'COHERE_BASE_URL leads to a server that has no such path.',
    fix: [CHECK_BASE_URL],
  },
  {
    status: [404, 405, 410],
    code: 'COHERE_RESPONSE_INVALID',
    title: 'The server does not know this path.',
    fix: [
      CHECK_BASE_URL,
      'If it is right, check that this deployment serves rerank with the model named in COHERE_RERANK_MODEL.',
    ],
  },
];
