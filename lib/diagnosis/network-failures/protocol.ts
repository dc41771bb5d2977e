import type { NetworkRule } from './network-rule.interface.js';

const ABORTED = ['UND_ERR_ABORTED', 'UND_ERR_INVALID_ARG'];

export const PROTOCOL_RULES: readonly NetworkRule[] = [
  {
    codes: ABORTED,
    says: /^Proxy response \(407\)|^Proxy Authentication Required/,
    code: 'COHERE_BLOCKED',
    title: 'The proxy between this app and Cohere asks for a user and a password.',
    what: 'the proxy answered 407',
    fix: [
      'Put them into the proxy address: HTTPS_PROXY=http://user:password@proxy:port.',
      'Or let the proxy pass this host without them.',
    ],
    retryable: false,
  },
  {
    codes: ABORTED,
    says: /^Proxy response \(5\d\d\)/,
    title: 'The proxy could not reach Cohere.',
    what: 'the proxy answered with a server error of its own',
    fix: [
      'Check that the proxy can reach the host the detail names.',
      'Check that HTTPS_PROXY names the right proxy, or add the host to NO_PROXY.',
    ],
  },
  {
    codes: ABORTED,
    says: /^Proxy response \(\d+\)/,
    code: 'COHERE_BLOCKED',
    title: 'The proxy does not let this app through to Cohere.',
    what: 'the proxy refused the tunnel',
    fix: [
      'Ask whoever runs the proxy to allow the host the detail names.',
      'Check that HTTPS_PROXY names the right proxy, or add the host to NO_PROXY.',
    ],
    retryable: false,
  },
  {
    codes: ['UND_ERR_SOCKS5*'],
    title: 'The SOCKS proxy refused the connection.',
    what: 'the SOCKS proxy did not open the connection',
    fix: ['Check the proxy address, its user and password, and whether it allows this host.'],
  },
  {
    codes: ['UND_ERR_INVALID_ARG'],
    says: /^invalid (?:proxy-)?authorization header$/i,
    code: 'COHERE_API_KEY_MALFORMED',
    title: 'The API key holds a character that no HTTP header may hold.',
    what: 'the request was not sent, because of its Authorization header',
    fix: [
      'Copy the key again from https://dashboard.cohere.com/api-keys and set it alone, without anything around it.',
    ],
    retryable: false,
  },
  {
    codes: ['UND_ERR_HEADERS_TIMEOUT', 'TimeoutError'],
    code: 'COHERE_TIMEOUT',
    title: 'Cohere took the request, but did not answer in time.',
    what: 'no answer came within the time limit for headers',
    fix: [
      'Try again later; see https://status.cohere.ai.',
      'If calls are slow in general, send fewer documents per request.',
    ],
  },
  {
    codes: ['UND_ERR_BODY_TIMEOUT'],
    code: 'COHERE_TIMEOUT',
    title: 'Cohere began to answer, but did not finish in time.',
    what: 'the answer stopped half-way',
    fix: [
      'Try again later; see https://status.cohere.ai.',
      'If it stays, check the proxy on the way: it may hold answers back.',
    ],
  },
  {
    codes: ['HPE_*', 'HTTPParserError', 'UND_ERR_HEADERS_OVERFLOW'],
    title: 'The server does not speak HTTP as this app does.',
    what: 'the answer was not HTTP',
    fix: [
      'If the server speaks TLS, write https:// in COHERE_BASE_URL (or the option baseUrl).',
      'Check the port: another service may listen there.',
    ],
    retryable: false,
  },
  {
    codes: ['UND_ERR_RES_EXCEEDED_MAX_SIZE'],
    code: 'COHERE_RESPONSE_INVALID',
    title: 'The answer is larger than any answer of Cohere.',
    what: 'the answer was given up because of its size',
    fix: ['Check COHERE_BASE_URL (or the option baseUrl): it may name another server.'],
  },
];
