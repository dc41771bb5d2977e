import type { DiagnosisCode } from './catalogue.js';
import { type ForTarget, inputsOf, type Target } from './request-context.js';

/** One kind of network failure, identified by codes of Node, OpenSSL and undici. */
export interface NetworkRule {
  /** The codes; an asterisk matches any characters. */
  readonly codes: readonly string[];
  /** A pattern for the message, if one code has several meanings. The message, which can contain a key, is never shown. */
  readonly says?: RegExp;
  /** The diagnosis code. Default COHERE_UNREACHABLE. */
  readonly code?: DiagnosisCode;
  readonly title: ForTarget<string>;
  /** The event, as a clause after the name of the host. */
  readonly what: string;
  readonly fix?: ForTarget<readonly string[]>;
  /** True if it also applies to the connection to a proxy. */
  readonly reachesForHost?: true;
  readonly retryable?: boolean;
}

/** Adds a check of the address if the app has set one: first where it is the likeliest cause, otherwise last. */
function withAddress(
  position: 'first' | 'last',
  ...others: readonly string[]
): ForTarget<readonly string[]> {
  return ({ isOwnAddress, host }) => {
    const check = `Check host and port of COHERE_BASE_URL (or the option baseUrl): it names ${host}.`;
    return !isOwnAddress ? others : position === 'first' ? [check, ...others] : [...others, check];
  };
}

const SET_PROXY =
  'If this network needs a proxy, set HTTPS_PROXY (and NO_PROXY for hosts to reach directly).';
const OPEN_FIREWALL =
  'Check that the firewall, security group or network policy allows outgoing connections of this app.';

const CONNECTION_RULES: readonly NetworkRule[] = [
  {
    codes: ['ENOTFOUND', 'ENODATA', 'EAI_NODATA', 'EAI_NONAME'],
    title: ({ server }) => `The host of ${server} does not exist in DNS, as seen from here.`,
    what: 'the name did not resolve',
    fix: withAddress(
      'first',
      'Check that the DNS this machine or container uses resolves names outside its own network.',
      SET_PROXY,
    ),
    reachesForHost: true,
  },
  {
    codes: ['EAI_AGAIN', 'EAI_FAIL', 'ESERVFAIL', 'ETIMEOUT'],
    title: 'DNS does not respond.',
    what: 'the name could not be looked up',
    fix: [
      'Check that the DNS server of this machine or container can be reached; a restart of the network often helps.',
      OPEN_FIREWALL,
    ],
    reachesForHost: true,
  },
  {
    codes: ['ECONNREFUSED'],
    title: ({ server }) => `The connection to ${server} was refused.`,
    what: 'nothing listens at that address, or a firewall refuses it',
    fix: withAddress('first', OPEN_FIREWALL, SET_PROXY),
    reachesForHost: true,
  },
  {
    codes: ['ECONNRESET'],
    says: /before secure TLS connection was established/,
    title: 'The connection was cut while TLS was being set up.',
    what: 'the other side closed the connection during the TLS handshake',
    fix: withAddress(
      'last',
      'Ask the administrator of the network whether a firewall or an inspecting proxy cuts TLS to this host.',
    ),
  },
  {
    codes: [
      'ECONNRESET',
      'ECONNABORTED',
      'EPIPE',
      'UND_ERR_SOCKET',
      'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
      'UND_ERR_CLOSED',
      'UND_ERR_DESTROYED',
    ],
    title: ({ server }) => `The connection to ${server} was cut.`,
    what: 'the connection ended before the whole response had arrived',
    fix: (target) => [
      ...expectsTls(target),
      'Try again; a single cut is normal.',
      'If it persists, check the proxy or load balancer on the way: it may close connections early.',
      ...(target.isCohere || target.isPlainHttp ? [] : [CLIENT_CERTIFICATE]),
    ],
  },
  {
    codes: ['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL'],
    title: ({ server }) => `There is no route from here to ${server}.`,
    what: 'the network has no route to that address',
    fix: withAddress(
      'last',
      'Check that this machine or container has a network, and a way out of it.',
      SET_PROXY,
    ),
    reachesForHost: true,
  },
  {
    codes: ['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'],
    title: ({ server }) => `The connection to ${server} was not answered in time.`,
    what: 'connecting took too long (connect timeout)',
    fix: withAddress(
      'last',
      `${OPEN_FIREWALL} One that drops packets silently looks like this.`,
      SET_PROXY,
    ),
    reachesForHost: true,
  },
  {
    codes: ['EACCES', 'EPERM'],
    title: 'This process is not allowed to open the connection.',
    what: 'the operating system does not allow the connection',
    fix: ['Check the sandbox, container or firewall rules of this process.'],
  },
  {
    codes: ['EMFILE', 'ENFILE', 'ENOBUFS'],
    title: 'This process has too many files or sockets open.',
    what: 'the operating system has no socket left for this process',
    fix: [
      'Look for connections or files that this app does not close.',
      'Raise the limit of open files (ulimit -n), or lower COHERE_CONCURRENCY.',
    ],
  },
];

const TRUST_THE_AUTHORITY =
  'If your network has an inspecting proxy, set NODE_EXTRA_CA_CERTS to a file with its certificate authority.';
const CHECK_THE_HOST = 'If COHERE_BASE_URL (or the option baseUrl) is set, check its host.';
const CLIENT_CERTIFICATE =
  'If the server requires a client certificate (mutual TLS), pass the option dispatcher: new Agent({ connect: { cert, key } }) of undici.';
const TRUST_THE_PROXY =
  'Set NODE_EXTRA_CA_CERTS to a file with the certificate authority of the proxy.';
const DO_NOT_TURN_OFF =
  'Do not turn the check off: NODE_TLS_REJECT_UNAUTHORIZED=0 exposes the API key to everyone on the network path.';
const USE_HTTPS = 'Write https:// in COHERE_BASE_URL (or the option baseUrl).';

/** Ports that use TLS nearly everywhere. */
const TLS_PORTS = [443, 8443, 6443, 9443];

function expectsTls({ isPlainHttp, port }: Target): readonly string[] {
  return isPlainHttp && TLS_PORTS.includes(port ?? 0)
    ? [`${USE_HTTPS} Port ${port} usually speaks TLS, and the address begins with http.`]
    : [];
}

/** Rules for certificates, which are not retried: a certificate does not renew itself. */
const TLS_RULES: readonly NetworkRule[] = [
  {
    codes: ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'],
    title: "The server's TLS certificate is not valid at the time of this machine's clock.",
    what: 'the certificate has expired, or is not valid yet',
    fix: [
      'Check the clock of this machine.',
      'If the clock is right, the operator of the host under Found must renew its certificate.',
      TRUST_THE_AUTHORITY,
    ],
    retryable: false,
  },
  {
    codes: [
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_GET_ISSUER_CERT',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'CERT_UNTRUSTED',
      'CERT_SIGNATURE_FAILURE',
      'CERT_CHAIN_TOO_LONG',
      'INVALID_CA',
    ],
    title: "The server's TLS certificate was issued by an authority that Node does not trust.",
    what: 'the certificate could not be traced to a trusted authority',
    fix: [
      TRUST_THE_AUTHORITY,
      'If this is a private deployment, do the same with the authority that issued its certificate.',
      DO_NOT_TURN_OFF,
    ],
    retryable: false,
  },
  {
    codes: ['ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH'],
    title: "The server's TLS certificate is for another host.",
    what: 'the certificate does not name this host',
    fix: [
      CHECK_THE_HOST,
      'If a proxy or a captive portal responds in place of the server, log in there, or use a different network.',
    ],
    retryable: false,
  },
  {
    codes: ['CERT_REVOKED', 'CERT_REJECTED', 'INVALID_PURPOSE'],
    title: "The server's TLS certificate has been revoked or rejected.",
    what: 'the certificate is not accepted',
    fix: [CHECK_THE_HOST, 'The operator of that host must replace its certificate.'],
    retryable: false,
  },
  {
    codes: ['UND_ERR_PRX_TLS'],
    title: 'TLS with the proxy failed.',
    what: 'no TLS connection to the proxy could be made',
    fix: ({ proxyVariable }) => [
      `Check scheme, port and certificate of the proxy in ${proxyVariable}.`,
      TRUST_THE_PROXY,
    ],
    retryable: false,
  },
  {
    codes: ['ERR_PROXY_NOT_TLS'],
    says: /no credentials$/,
    title: 'The proxy does not speak TLS, but its address begins with https.',
    what: 'the response to the TLS handshake with the proxy was not TLS',
    fix: ({ proxyVariable }) => [
      `Write http:// in front of the proxy in ${proxyVariable}: nearly all proxies speak plain http, also for https requests.`,
    ],
    retryable: false,
  },
  {
    codes: ['ERR_PROXY_NOT_TLS'],
    title: 'The proxy does not speak TLS, but its address begins with https.',
    what: 'the response to the TLS handshake with the proxy was not TLS',
    fix: ({ proxyVariable }) => [
      `Check the port of the proxy in ${proxyVariable}: the one for TLS may be another. With http:// its user and password would be sent unencrypted.`,
    ],
    retryable: false,
  },
  {
    codes: ['ERR_PROXY_CERT_HAS_EXPIRED', 'ERR_PROXY_CERT_NOT_YET_VALID'],
    title: "The proxy's TLS certificate is not valid at the time of this machine's clock.",
    what: 'the certificate of the proxy has expired, or is not valid yet',
    fix: [
      'Check the clock of this machine.',
      'If the clock is right, the operator of the proxy must renew its certificate.',
    ],
    retryable: false,
  },
  {
    codes: ['ERR_PROXY_ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_PROXY_HOSTNAME_MISMATCH'],
    title: "The proxy's TLS certificate is for another host.",
    what: 'the certificate of the proxy does not name its host',
    fix: ({ proxyVariable }) => [
      `Write the host that the certificate of the proxy names into ${proxyVariable}.`,
    ],
    retryable: false,
  },
  {
    codes: ['ERR_PROXY_DEPTH_ZERO_SELF_SIGNED_CERT'],
    title: "The proxy's TLS certificate is self-signed.",
    what: 'the certificate of the proxy was issued by the proxy itself',
    fix: [TRUST_THE_PROXY, DO_NOT_TURN_OFF],
    retryable: false,
  },
  {
    codes: ['ERR_PROXY_CERT_REVOKED', 'ERR_PROXY_CERT_REJECTED', 'ERR_PROXY_INVALID_PURPOSE'],
    title: "The proxy's TLS certificate has been revoked or rejected.",
    what: 'the certificate of the proxy is not accepted',
    fix: ['The operator of the proxy must replace its certificate.'],
    retryable: false,
  },
  {
    codes: [
      'ERR_PROXY_CERT_*',
      'ERR_PROXY_SELF_SIGNED_CERT_*',
      'ERR_PROXY_UNABLE_TO_*',
      'ERR_PROXY_INVALID_CA',
    ],
    title: "The proxy's TLS certificate was issued by an authority that Node does not trust.",
    what: 'the certificate of the proxy could not be traced to a trusted authority',
    fix: [TRUST_THE_PROXY, DO_NOT_TURN_OFF],
    retryable: false,
  },
  {
    codes: [
      'ERR_SSL_WRONG_VERSION_NUMBER',
      'ERR_SSL_PACKET_LENGTH_TOO_LONG',
      'ERR_SSL_HTTP_REQUEST',
    ],
    title: ({ isOwnAddress }) =>
      isOwnAddress
        ? 'The server does not speak TLS, but COHERE_BASE_URL begins with https.'
        : 'The response to the TLS handshake was not TLS.',
    what: 'the response to the TLS handshake was not TLS',
    fix: ({ isOwnAddress, proxyVariable }) => [
      ...(isOwnAddress
        ? [
            'If the server speaks plain http, write http:// in COHERE_BASE_URL (or the option baseUrl), or correct its port.',
          ]
        : []),
      `If there is a proxy, check that ${proxyVariable} begins with the scheme the proxy speaks, usually http://.`,
    ],
    retryable: false,
  },
  {
    codes: ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'ERR_SSL_TLS_ALERT_CERTIFICATE_REQUIRED'],
    title: ({ server }) => `${server} requires a client certificate (mutual TLS).`,
    what: 'the server ended the TLS connection, because no client certificate was sent',
    fix: [
      'Pass the option dispatcher with the certificate: new Agent({ connect: { cert, key } }) of undici.',
      CHECK_THE_HOST,
    ],
    retryable: false,
  },
  {
    codes: ['ERR_SSL_*ALERT_HANDSHAKE_FAILURE'],
    title: ({ server }) => `${server} refused the TLS handshake.`,
    what: 'the server ended the TLS handshake with an alert',
    fix: (target) => [
      ...(target.isCohere ? [] : [CLIENT_CERTIFICATE]),
      'Check that there is no firewall or inspecting proxy on the way.',
      CHECK_THE_HOST,
    ],
    retryable: false,
  },
  {
    codes: ['EPROTO', 'ERR_SSL_*', 'ERR_TLS_*'],
    title: 'TLS with the server failed.',
    what: 'the two sides could not agree on a TLS connection',
    fix: [
      'Check that there is no firewall or inspecting proxy on the way.',
      CHECK_THE_HOST,
      'Check that Node and its TLS settings (NODE_OPTIONS --tls-min-v1.x) match the server.',
    ],
    retryable: false,
  },
];

/** The diagnosis of a 407, as the response to a plain request or as undici's error for a tunnel. */
export const PROXY_LOGIN = {
  code: 'COHERE_BLOCKED',
  title: 'The proxy between this app and the server requires a user and a password.',
  fix: ({ proxyVariable }: Target) => [
    `Put them into the proxy address: ${proxyVariable}=http://user:password@proxy:port.`,
    'Or let the proxy allow this host without them.',
  ],
} as const;

const ABORTED = ['UND_ERR_ABORTED', 'UND_ERR_INVALID_ARG'];

const PROTOCOL_RULES: readonly NetworkRule[] = [
  {
    codes: ABORTED,
    says: /^Proxy response \(407\).*; Basic is not offered$/,
    code: 'COHERE_BLOCKED',
    title:
      'The proxy between this app and the server offers no login that a proxy address can hold.',
    what: 'the proxy answered 407',
    fix: ({ proxyVariable }) => [
      'Ask the operator of the proxy for Basic authentication, or to let this app through without a login.',
      `Or run a local proxy that logs in for the app, such as cntlm or px, and put its address into ${proxyVariable}.`,
    ],
    retryable: false,
  },
  {
    codes: ABORTED,
    says: /^Proxy response \(407\).*; credentials were sent$/,
    code: 'COHERE_BLOCKED',
    title: 'The proxy between this app and the server refused the user and the password.',
    what: 'the proxy answered 407, although a user and a password were sent',
    fix: ({ proxyVariable }) => [
      `Correct the user and the password in ${proxyVariable}. Characters such as %, @, : and / are written there as %25, %40, %3A and %2F.`,
      'Or let the proxy allow this host without them.',
    ],
    retryable: false,
  },
  {
    codes: ABORTED,
    says: /^Proxy response \(407\)|^Proxy Authentication Required/,
    ...PROXY_LOGIN,
    what: 'the proxy answered 407',
    retryable: false,
  },
  {
    codes: ABORTED,
    says: /^Proxy response \(5\d\d\)/,
    title: ({ server }) => `The proxy could not reach ${server}.`,
    what: 'the proxy answered with a server error of its own',
    fix: ({ proxyVariable }) => [
      'Check that the proxy can reach the host under Found.',
      `Check that ${proxyVariable} names the right proxy, or add the host to NO_PROXY.`,
    ],
  },
  {
    codes: ABORTED,
    says: /^Proxy response \(\d+\)/,
    code: 'COHERE_BLOCKED',
    title: ({ server }) => `The proxy does not let this app through to ${server}.`,
    what: 'the proxy refused the tunnel',
    fix: ({ proxyVariable }) => [
      'Ask the operator of the proxy to allow the host under Found.',
      `Check that ${proxyVariable} names the right proxy, or add the host to NO_PROXY.`,
    ],
    retryable: false,
  },
  {
    codes: ['ERR_PROXY_CLOSED'],
    title: 'The proxy between this app and the server hung up.',
    what: 'the proxy closed the connection, or did not speak HTTP, when it was asked for a tunnel',
    fix: ({ proxyVariable }) => [
      `Check that ${proxyVariable} names an HTTP proxy, with its right scheme and port.`,
      'Ask the operator of the proxy whether it allows tunnels (CONNECT) to the host under Found.',
      'Or add the host to NO_PROXY.',
    ],
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
    title: 'The API key contains a character that is not allowed in an HTTP header.',
    what: 'the request was not sent, because of its Authorization header',
    retryable: false,
  },
  {
    codes: ['UND_ERR_HEADERS_TIMEOUT', 'TimeoutError'],
    code: 'COHERE_TIMEOUT',
    title: ({ server }) => `${server} received the request, but did not respond in time.`,
    what: 'there were no response headers within the time limit',
    fix: ({ isCohere, name }, context) => [
      isCohere
        ? 'Try again later; see https://status.cohere.ai.'
        : `Check that ${name} is up and not overloaded.`,
      `If calls are slow in general, send fewer ${inputsOf(context)} in one call.`,
    ],
  },
  {
    codes: ['UND_ERR_BODY_TIMEOUT'],
    code: 'COHERE_TIMEOUT',
    title: ({ server }) => `${server} began to respond, but did not finish in time.`,
    what: 'the response stopped half-way',
    fix: ({ isCohere, name }) => [
      isCohere
        ? 'Try again later; see https://status.cohere.ai.'
        : `Check that ${name} is up and not overloaded.`,
      'If it persists, check the proxy on the way: it may hold responses back.',
    ],
  },
  {
    codes: ['HPE_*', 'HTTPParserError'],
    title: 'The server does not speak HTTP.',
    what: 'the response was not HTTP',
    fix: ({ isPlainHttp }) => [
      ...(isPlainHttp ? [`If the server speaks TLS: ${USE_HTTPS}`] : []),
      'Check host and port of COHERE_BASE_URL (or the option baseUrl): another service may listen there.',
    ],
    retryable: false,
  },
  {
    codes: ['UND_ERR_HEADERS_OVERFLOW'],
    code: 'COHERE_RESPONSE_INVALID',
    title: 'The headers of the response are longer than Node accepts.',
    what: 'the response was abandoned because of its headers (16 KB unless Node is told otherwise)',
    fix: [
      'Check the proxy or gateway on the way: it may add headers or cookies to each response.',
      'If they are meant to be so long, start Node with NODE_OPTIONS=--max-http-header-size=65536.',
    ],
    retryable: false,
  },
  {
    codes: ['UND_ERR_RES_EXCEEDED_MAX_SIZE'],
    code: 'COHERE_RESPONSE_INVALID',
    title: 'The response is larger than any that was asked for.',
    what: 'the response was abandoned because of its size',
    fix: ['Check COHERE_BASE_URL (or the option baseUrl): it may point to a different server.'],
  },
];

/** All rules; the first match wins. */
export const NETWORK_FAILURE_RULES: readonly NetworkRule[] = [
  ...CONNECTION_RULES,
  ...TLS_RULES,
  ...PROTOCOL_RULES,
];
