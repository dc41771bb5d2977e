import type { buildConnector, Dispatcher } from 'undici';
import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import type { ProxyAddresses } from './proxy-variables.js';

const OPTIONS = {
  // The deadline of the call rules; these two would cut in beneath it, or hold timers after it.
  headersTimeout: 0,
  bodyTimeout: 0,
  // Idle connections stay warm between bursts; a server that closes earlier says so in Keep-Alive.
  keepAliveTimeout: 30_000,
} as const;

/**
 * The connection pool: direct, or through the proxies of the environment and NO_PROXY. Loads undici, which
 * a boot without a startup check need not wait for.
 */
export async function createDispatcher(proxies: ProxyAddresses | undefined): Promise<Dispatcher> {
  const { Agent, buildConnector, EnvHttpProxyAgent } = await import('undici');
  return proxies === undefined
    ? new Agent({ ...OPTIONS, connect: unreferenced(buildConnector({})) })
    : new EnvHttpProxyAgent({ ...OPTIONS, ...proxies });
}

/**
 * Bun puts a stub in the place of undici, which would fail each call with a TypeError. Looked at under Bun
 * only, since loading undici takes time.
 */
export async function diagnoseStubbedUndici(): Promise<Diagnosis | undefined> {
  if (process.versions['bun'] === undefined) {
    return undefined;
  }
  const { Agent } = await import('undici');
  return typeof new Agent().dispatch === 'function'
    ? undefined
    : createDiagnosis('COHERE_CONFIG_INVALID', {
        title: 'nestjs-cohere does not run on Bun, which replaces undici with a stub.',
        detail: `Bun ${process.versions['bun']}: its undici cannot send a request (an Agent has no dispatch method).`,
        fix: [
          'Run the app with Node.',
          'Or pass the option dispatcher: an object with the methods of an undici Dispatcher that works on Bun.',
        ],
      });
}

/**
 * A socket that is still connecting keeps no process alive: the timer of the call does while somebody
 * waits, and undici refers to the socket again while a request runs on it.
 */
function unreferenced(connect: buildConnector.connector): buildConnector.connector {
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
