import type { NetworkRule } from './network-rule.interface.js';

const TRUST_THE_AUTHORITY =
  'If a proxy of your own network stands in between, set NODE_EXTRA_CA_CERTS to the file with its certificate authority.';
const CHECK_THE_HOST = 'If COHERE_BASE_URL (or the option baseUrl) is set, check its host.';

/** A certificate does not mend itself: none of these is retried. */
export const TLS_RULES: readonly NetworkRule[] = [
  {
    codes: ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'],
    title: "The server's TLS certificate is not valid at the time this machine believes it is.",
    what: 'the certificate has expired, or is not valid yet',
    fix: [
      'Check the clock of this machine.',
      'If the clock is right, whoever runs the host the detail names must renew its certificate.',
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
    title: "The server's TLS certificate comes from an authority that Node does not trust.",
    what: 'the certificate could not be traced to a trusted authority',
    fix: [
      TRUST_THE_AUTHORITY,
      'If this is a private deployment, do the same with the authority that issued its certificate.',
      'Do not turn the check off: NODE_TLS_REJECT_UNAUTHORIZED=0 shows the API key to anybody on the way.',
    ],
    retryable: false,
  },
  {
    codes: ['ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH'],
    title: "The server's TLS certificate is for another host.",
    what: 'the certificate does not name this host',
    fix: [
      CHECK_THE_HOST,
      'If a proxy or a captive portal answers in place of Cohere, log in there, or use another network.',
    ],
    retryable: false,
  },
  {
    codes: ['CERT_REVOKED', 'CERT_REJECTED', 'INVALID_PURPOSE'],
    title: "The server's TLS certificate has been revoked or rejected.",
    what: 'the certificate is not accepted',
    fix: [CHECK_THE_HOST, 'Whoever runs that host must replace its certificate.'],
    retryable: false,
  },
  {
    codes: ['UND_ERR_PRX_TLS'],
    title: 'TLS with the proxy failed.',
    what: 'no TLS connection to the proxy could be made',
    fix: ['If the proxy speaks plain http, write http:// in HTTPS_PROXY.', TRUST_THE_AUTHORITY],
    retryable: false,
  },
  {
    codes: [
      'ERR_SSL_WRONG_VERSION_NUMBER',
      'ERR_SSL_PACKET_LENGTH_TOO_LONG',
      'ERR_SSL_HTTP_REQUEST',
    ],
    title: 'The server does not speak TLS, but COHERE_BASE_URL begins with https.',
    what: 'the answer to the TLS handshake was not TLS',
    fix: [
      'If the server speaks plain http, write http:// in COHERE_BASE_URL (or the option baseUrl), or correct its port.',
      'If a proxy is used, check that HTTPS_PROXY itself begins with the scheme the proxy speaks, usually http://.',
    ],
    retryable: false,
  },
  {
    codes: ['EPROTO', 'ERR_SSL_*', 'ERR_TLS_*'],
    title: 'TLS with the server failed.',
    what: 'the two sides could not agree on a TLS connection',
    fix: [
      'Check that no firewall or inspecting proxy stands in between.',
      CHECK_THE_HOST,
      'Check that Node and its TLS settings (NODE_OPTIONS --tls-min-v1.x) fit the server.',
    ],
    retryable: false,
  },
];
