import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';
import { openConnectTunnel } from './proxy/connect-tunnel.js';
import { isListedInNoProxy } from './proxy/proxy-variables.js';

/** The timeout of one connection: TCP, proxy tunnel and TLS. */
export const CONNECT_MS = 10_000;

export type Destination = buildConnector.Options;
type Callback = buildConnector.Callback;

/** Opens sockets, directly or through the proxy that the environment sets. */
export class Dialer {
  readonly #proxy: URL | undefined;
  readonly #connect: buildConnector.connector;
  readonly #sockets = new Set<Socket>();

  /** @param connect opens TCP, and TLS over it or over a socket that it is given */
  constructor(proxy: URL | undefined, connect: buildConnector.connector) {
    this.#proxy = proxy;
    this.#connect = connect;
  }

  /** The sockets that are open or being opened. */
  get openSockets(): number {
    return this.#sockets.size;
  }

  /** @param onSocket receives each socket of the connection as soon as it exists */
  open(destination: Destination, onSocket: (socket: Socket) => void, report: Callback): void {
    const adopt = (socket: Socket) => {
      this.#adopt(socket);
      onSocket(socket);
    };
    const proxy = this.#proxyFor(destination);
    if (proxy === undefined) {
      this.#connectTo(destination, adopt, report);
    } else {
      void this.#tunnel(proxy, destination, adopt, report);
    }
  }

  async #tunnel(
    proxy: URL,
    destination: Destination,
    adopt: (socket: Socket) => void,
    report: Callback,
  ): Promise<void> {
    const target = { hostname: destination.hostname, port: portOf(destination) };
    try {
      const options = { proxy, ...target, timeoutMs: CONNECT_MS, onSocket: adopt };
      const httpSocket = await openConnectTunnel(options);
      if (destination.protocol === 'https:') {
        this.#connectTo({ ...destination, httpSocket }, adopt, report);
      } else {
        report(null, httpSocket);
      }
    } catch (error) {
      report(error instanceof Error ? error : new Error(String(error)), null);
    }
  }

  #connectTo(destination: Destination, adopt: (socket: Socket) => void, report: Callback): void {
    // undici does not type the result of its connector.
    const socket: unknown = this.#connect(destination, report);
    if (isSocket(socket)) {
      adopt(socket);
    }
  }

  /**
   * Keeps a socket from holding the process: the timer of a call does that. undici calls `ref()` while a request
   * runs on the socket, which would hold a process whose boot has failed.
   */
  #adopt(socket: Socket): void {
    if (this.#sockets.has(socket)) {
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.unref();
    socket.ref = () => socket;
  }

  /** Returns the proxy for a host: `fetch` of the injected client may call another one, which NO_PROXY may list. */
  #proxyFor(destination: Destination): URL | undefined {
    const noProxy = process.env['no_proxy'] ?? process.env['NO_PROXY'] ?? '';
    const target = { hostname: destination.hostname, port: portOf(destination) };
    return isListedInNoProxy(target, noProxy) ? undefined : this.#proxy;
  }
}

function portOf({ port, protocol }: Pick<Destination, 'port' | 'protocol'>): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}

function isSocket(value: unknown): value is Socket {
  return typeof value === 'object' && value !== null && 'unref' in value && 'destroy' in value;
}
