import { Agent, buildConnector, EnvHttpProxyAgent, type Dispatcher } from 'undici';
import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import { createError } from '../diagnosis/errors/create-error.js';

type Environment = Readonly<Record<string, string | undefined>>;

const PROXY_VARIABLES = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'] as const;

const OPTIONS = {
  // The deadline of the call rules; these two would cut in beneath it, or hold timers after it.
  headersTimeout: 0,
  bodyTimeout: 0,
  // Idle connections stay warm between bursts; a server that closes earlier says so in Keep-Alive.
  keepAliveTimeout: 30_000,
} as const;

/**
 * The connection pool: through a proxy where the environment names one, as curl does, else direct.
 *
 * @throws ConfigurationError when a proxy variable holds no address
 */
export function createDispatcher(environment: Environment): Dispatcher {
  const variable = PROXY_VARIABLES.find((name) => (environment[name] ?? '') !== '');
  if (variable === undefined) {
    return new Agent({ ...OPTIONS, connect: connectUnreferenced() });
  }
  try {
    return new EnvHttpProxyAgent(OPTIONS);
  } catch {
    // undici's own message quotes the address, which may hold a password.
    throw createError(
      createDiagnosis('COHERE_CONFIG_INVALID', {
        title: 'HTTP_PROXY or HTTPS_PROXY is not a proxy address.',
        detail: `${variable} is set in the environment, but it is no http or https URL.`,
        fix: [
          'Set HTTP_PROXY and HTTPS_PROXY to an address such as http://proxy.example:3128, or unset them.',
        ],
      }),
    );
  }
}

/**
 * A socket that is still connecting keeps no process alive: the timer of the call does while somebody
 * waits, and undici refers to the socket again while a request runs on it.
 */
function connectUnreferenced(): buildConnector.connector {
  const connect = buildConnector({});
  return (options, callback) => {
    const socket: unknown = connect(options, callback);
    if (hasUnref(socket)) {
      socket.unref();
    }
    return socket;
  };
}

function hasUnref(value: unknown): value is { unref(): void } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'unref' in value &&
    typeof value.unref === 'function'
  );
}
