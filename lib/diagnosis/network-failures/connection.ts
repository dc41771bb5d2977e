import type { NetworkRule } from './network-rule.interface.js';

const CHECK_BASE_URL =
  'If COHERE_BASE_URL (or the option baseUrl) is set, check its host and port.';
const SET_PROXY =
  'If this network needs a proxy, set HTTPS_PROXY (and NO_PROXY for what goes directly).';
const OPEN_FIREWALL = 'Check that firewall, security group or network policy lets this app out.';

export const CONNECTION_RULES: readonly NetworkRule[] = [
  {
    codes: ['ENOTFOUND', 'ENODATA', 'EAI_NODATA', 'EAI_NONAME'],
    title: 'The host of Cohere does not exist in DNS, as seen from here.',
    what: 'the name did not resolve',
    fix: [
      'Check the spelling of the host in COHERE_BASE_URL (or the option baseUrl), if it is set.',
      'Check that the DNS this machine or container uses resolves names outside its own network.',
      SET_PROXY,
    ],
    reachesForHost: true,
  },
  {
    codes: ['EAI_AGAIN', 'EAI_FAIL', 'ESERVFAIL', 'ETIMEOUT'],
    title: 'DNS does not answer.',
    what: 'the name could not be looked up',
    fix: [
      'Check that the DNS server of this machine or container can be reached; a restart of the network often helps.',
      OPEN_FIREWALL,
    ],
    reachesForHost: true,
  },
  {
    codes: ['ECONNREFUSED'],
    title: 'The connection to Cohere was refused.',
    what: 'nothing listens at that address, or a firewall refuses it',
    fix: [CHECK_BASE_URL, OPEN_FIREWALL, SET_PROXY],
    reachesForHost: true,
  },
  {
    codes: ['ECONNRESET'],
    says: /before secure TLS connection was established/,
    title: 'The connection was cut while TLS was being set up.',
    what: 'the other side closed the connection during the TLS handshake',
    fix: [
      'Ask whoever runs the network whether a firewall or an inspecting proxy cuts TLS to this host.',
      CHECK_BASE_URL,
    ],
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
    title: 'The connection to Cohere was cut.',
    what: 'the connection ended before the whole answer was there',
    fix: [
      'Try again; a single cut is usual.',
      'If it stays, check the proxy or load balancer on the way: it may close connections early.',
    ],
  },
  {
    codes: ['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL'],
    title: 'There is no route from here to Cohere.',
    what: 'the network has no route to that address',
    fix: [
      'Check that this machine or container has a network, and a way out of it.',
      SET_PROXY,
      CHECK_BASE_URL,
    ],
    reachesForHost: true,
  },
  {
    codes: ['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'],
    title: 'The connection to Cohere was not answered in time.',
    what: 'connecting took too long (connect timeout)',
    fix: [
      `${OPEN_FIREWALL} One that drops packets silently looks like this.`,
      SET_PROXY,
      CHECK_BASE_URL,
    ],
    reachesForHost: true,
  },
  {
    codes: ['EACCES', 'EPERM'],
    title: 'This process may not open the connection.',
    what: 'the operating system forbids the connection',
    fix: ['Check the sandbox, container or firewall rules of this process.'],
  },
  {
    codes: ['EMFILE', 'ENFILE', 'ENOBUFS'],
    title: 'This process has too many files or sockets open.',
    what: 'the operating system has no socket left for this process',
    fix: [
      'Look for connections or files this app does not close.',
      'Raise the limit of open files (ulimit -n), or lower COHERE_CONCURRENCY.',
    ],
  },
];
