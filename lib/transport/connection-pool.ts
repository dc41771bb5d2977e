import type { Socket } from 'node:net';
import type { Agent, buildConnector, Client, Dispatcher, Pool } from 'undici';
import { Exchange } from './exchange.js';
import { isListedInNoProxy, type ProxyAddresses } from './proxy/proxy-variables.js';
import { openSocksTunnel } from './proxy/socks-tunnel.js';
import { openConnectTunnel } from './proxy/connect-tunnel.js';

/** Of one connection: TCP, the tunnel of a proxy, TLS. */
const CONNECT_MS = 10_000;
// The deadline of the call rules; these two would cut in beneath it, or hold timers after it.
const CLIENT_OPTIONS = {
  headersTimeout: 0,
  bodyTimeout: 0,
  // Idle connections stay warm between bursts; a server that closes earlier says so in Keep-Alive.
  keepAliveTimeout: 30_000,
} as const;

/** The connections of one instance. */
export interface ConnectionPool {
  readonly dispatcher: Dispatcher;
  /** Sockets that are open or being opened. */
  readonly openSockets: number;
  /** Ends every connection now, also those that are still being made. */
  destroy(): Promise<void>;
}

/** Connections made directly, or through the proxies of the environment and NO_PROXY. */
export async function createPool(proxies: ProxyAddresses | undefined): Promise<ConnectionPool> {
  const undici = await loadUndici();
  const { Agent, Pool } = undici;
  const connections = new Connections(proxies, undici);
  const PooledClient = createPooledClient(undici);
  const agent = new Agent({
    ...CLIENT_OPTIONS,
    factory: (origin) =>
      new Pool(origin, {
        ...CLIENT_OPTIONS,
        factory: (clientOrigin) => new PooledClient(clientOrigin, connections),
      }),
  });
  return {
    dispatcher: agent,
    get openSockets() {
      return connections.size;
    },
    destroy: async () => {
      connections.close();
      await agent.destroy();
    },
  };
}

type Parameters = buildConnector.Options;
type Callback = buildConnector.Callback;

/** Opens sockets, and knows those that are open. */
class Connections {
  readonly #proxies: ProxyAddresses | undefined;
  readonly #connect: buildConnector.connector;
  readonly #sockets = new Set<Socket>();
  #isClosed = false;

  constructor(proxies: ProxyAddresses | undefined, undici: Undici) {
    this.#proxies = proxies;
    this.#connect = undici.buildConnector({ timeout: CONNECT_MS });
  }

  get size(): number {
    return this.#sockets.size;
  }

  close(): void {
    this.#isClosed = true;
    for (const socket of this.#sockets) {
      socket.destroy();
    }
  }

  /** @param onSocket told of each socket on the way to the connection */
  open(parameters: Parameters, onSocket: (socket: Socket) => void, report: Callback): void {
    const adopt = (socket: Socket) => {
      this.#adopt(socket);
      onSocket(socket);
    };
    const proxy = this.#proxyFor(parameters);
    if (proxy === undefined) {
      this.#connectTo(parameters, adopt, report);
    } else {
      void this.#tunnel(proxy, parameters, adopt, report);
    }
  }

  async #tunnel(
    proxy: URL,
    parameters: Parameters,
    adopt: (socket: Socket) => void,
    report: Callback,
  ): Promise<void> {
    const target = { hostname: parameters.hostname, port: targetPort(parameters) };
    const openTunnel = proxy.protocol.startsWith('socks') ? openSocksTunnel : openConnectTunnel;
    try {
      const options = { proxy, target, timeoutMs: CONNECT_MS, onSocket: adopt };
      const httpSocket = await openTunnel(options);
      if (parameters.protocol === 'https:') {
        this.#connectTo({ ...parameters, httpSocket }, adopt, report);
      } else {
        report(null, httpSocket);
      }
    } catch (error) {
      report(error instanceof Error ? error : new Error(String(error)), null);
    }
  }

  #connectTo(parameters: Parameters, adopt: (socket: Socket) => void, report: Callback): void {
    // undici does not type what its connector returns.
    const socket: unknown = this.#connect(parameters, report);
    if (isSocket(socket)) {
      adopt(socket);
    }
  }

  /**
   * A socket keeps no process alive: the timer of a call does, as long as something waits for it. undici
   * refers to a socket again while a request runs on it, which would hold a process whose boot has failed.
   */
  #adopt(socket: Socket): void {
    if (this.#sockets.has(socket)) {
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.unref();
    socket.ref = () => socket;
    if (this.#isClosed) {
      socket.destroy();
    }
  }

  /** Of the base URL; `fetch` of the injected client may go to another host, which NO_PROXY may name. */
  #proxyFor({ hostname, ...parameters }: Parameters): URL | undefined {
    const { httpProxy = '', httpsProxy = '' } = this.#proxies ?? {};
    const address = httpsProxy === '' ? httpProxy : httpsProxy;
    const noProxy = process.env['no_proxy'] ?? process.env['NO_PROXY'] ?? '';
    const target = { hostname, port: targetPort(parameters) };
    return address === '' || isListedInNoProxy(target, noProxy) ? undefined : new URL(address);
  }
}

function targetPort({ port, protocol }: Pick<Parameters, 'port' | 'protocol'>): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}

function isSocket(value: unknown): value is Socket {
  return typeof value === 'object' && value !== null && 'unref' in value && 'destroy' in value;
}

/**
 * One connection. undici goes on connecting for up to ten seconds after the request it does so for was
 * given up; with a host that never answers, every call that ends would leave a socket behind.
 */
function createPooledClient(undici: Undici): PooledClientClass {
  return class PooledClient extends undici.Client {
    /** Requests that wait for the connection, and that something still waits for. */
    #waiting = 0;
    #connecting: Socket | undefined;

    constructor(origin: string | URL, connections: Connections) {
      super(origin, {
        ...CLIENT_OPTIONS,
        connect: (parameters, callback) => {
          connections.open(
            parameters,
            (socket) => this.#connectWith(socket),
            (...result) => {
              this.#connecting = undefined;
              callback(...result);
            },
          );
        },
      });
    }

    override dispatch(
      options: Dispatcher.DispatchOptions,
      handler: Dispatcher.DispatchHandler,
    ): boolean {
      if (handler instanceof Exchange) {
        this.#waiting += 1;
        handler.waitFor(this);
      }
      return super.dispatch(options, handler);
    }

    /** A request waits no longer: it has begun, or was given up. */
    leave(): void {
      this.#waiting -= 1;
      this.#abandon();
    }

    #connectWith(socket: Socket): void {
      this.#connecting = socket;
      this.#abandon();
    }

    #abandon(): void {
      if (this.#waiting === 0) {
        this.#connecting?.destroy(
          new Error('every request that waited for the connection was given up'),
        );
      }
    }
  };
}

type PooledClientClass = new (origin: string | URL, connections: Connections) => Client;

/** What the pool needs of undici. */
interface Undici {
  readonly Agent: typeof Agent;
  readonly Pool: typeof Pool;
  readonly Client: typeof Client;
  readonly buildConnector: typeof buildConnector;
}

/**
 * Loads 24 of undici's 110 files: the others are `fetch`, WebSocket, the cache and its mocks, and take three
 * quarters of the time and of the memory. No version of undici promises where its files are: where they
 * are not, all of it is loaded.
 */
async function loadUndici(): Promise<Undici> {
  try {
    const [agent, pool, client, connect] = await Promise.all([
      import('undici/lib/dispatcher/agent.js'),
      import('undici/lib/dispatcher/pool.js'),
      import('undici/lib/dispatcher/client.js'),
      import('undici/lib/core/connect.js'),
    ]);
    return {
      Agent: agent.default,
      Pool: pool.default,
      Client: client.default,
      buildConnector: connect.default,
    };
  } catch {
    return import('undici');
  }
}
