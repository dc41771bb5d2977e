import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers';
import type { buildConnector, Client, Dispatcher } from 'undici';
import { CONNECT_MS, type Destination, Dialer } from './dialer.js';
import type { ExchangeHandler } from './exchange.js';
import type { ProxyAddresses } from './proxy/proxy-variables.js';

// The deadline of the call rules; the first two would cut in beneath it, or hold timers after it.
const CLIENT_OPTIONS = {
  headersTimeout: 0,
  bodyTimeout: 0,
  // Idle connections stay warm between bursts; a server that closes earlier says so in Keep-Alive.
  keepAliveTimeout: 30_000,
} as const;
/** No older connection is used again: a name may have moved to another address. */
const MAX_AGE_MS = 240_000;

/** What one request is sent over. It is released after a whole answer, and destroyed after anything else. */
export interface Connection {
  /** It has served a request before, so that the server may have closed it meanwhile. */
  readonly isReused: boolean;
  /** Bytes that have arrived over it so far. */
  readonly bytesRead: number;
  dispatch(request: Dispatcher.DispatchOptions, handler: ExchangeHandler): void;
  /** @param onReleased called as soon as another request can be sent over it */
  release(onReleased: () => void): void;
  destroy(): void;
}

/** Where requests get a connection each. */
export interface ConnectionSource {
  acquire(origin: string): Connection;
  /** Closes the connections that nothing uses now, so that the next ones are new. */
  closeIdle(): void;
}

/**
 * The connections of one instance, each for one request at a time. There are as many as requests in flight:
 * one is opened only where none is idle.
 */
export class ConnectionPool implements ConnectionSource {
  readonly #dialer: Dialer;
  readonly #undici: Undici;
  /** The last one used is the first to be used again, so that those of a burst can go. */
  readonly #idle: PooledConnection[] = [];
  readonly #all = new Set<PooledConnection>();
  #isClosed = false;

  constructor(proxies: ProxyAddresses | undefined, undici: Undici) {
    this.#undici = undici;
    this.#dialer = new Dialer(proxies, undici.buildConnector({ timeout: CONNECT_MS }));
  }

  /** Sockets that are open or being opened. */
  get openSockets(): number {
    return this.#dialer.openSockets;
  }

  acquire(origin: string): Connection {
    for (let at = this.#idle.length - 1; at >= 0; at -= 1) {
      const connection = this.#idle[at];
      if (connection?.origin === origin) {
        this.#idle.splice(at, 1);
        if (connection.isUsable) {
          connection.isReused = true;
          return connection;
        }
        connection.destroy();
      }
    }
    return this.#open(origin);
  }

  closeIdle(): void {
    for (const connection of this.#idle.splice(0)) {
      connection.destroy();
    }
  }

  /** Ends every connection now, also those that are still being made. */
  async destroy(): Promise<void> {
    this.#isClosed = true;
    const connections = [...this.#all];
    for (const connection of connections) {
      connection.destroy();
    }
    await Promise.all(connections.map(({ closed }) => closed ?? Promise.resolve()));
  }

  #open(origin: string): Connection {
    const connection = new PooledConnection(origin, this.#undici, this.#dialer, {
      onIdle: () => this.#idle.push(connection),
      onEnd: () => {
        this.#all.delete(connection);
        const at = this.#idle.indexOf(connection);
        if (at >= 0) {
          this.#idle.splice(at, 1);
        }
      },
    });
    this.#all.add(connection);
    if (this.#isClosed) {
      connection.destroy();
    }
    return connection;
  }
}

interface PoolEvents {
  readonly onIdle: () => void;
  readonly onEnd: () => void;
}

/**
 * One undici client that connects once. undici itself would connect again as often as it takes, and would go on
 * connecting for a request that was given up.
 */
class PooledConnection implements Connection {
  readonly origin: string;
  isReused = false;
  /** Settles when the connection that was destroyed is closed. */
  closed: Promise<void> | undefined;
  readonly #client: Client;
  readonly #events: PoolEvents;
  readonly #openedAt = performance.now();
  /** The last one is that of HTTP; the others lead to it. */
  readonly #sockets: Socket[] = [];
  #hasDialed = false;

  constructor(origin: string, { Client }: Undici, dialer: Dialer, events: PoolEvents) {
    this.origin = origin;
    this.#events = events;
    this.#client = new Client(origin, {
      ...CLIENT_OPTIONS,
      connect: (destination, report) => this.#dial(dialer, destination, report),
    });
    this.#client.once('disconnect', () => this.destroy());
  }

  get isUsable(): boolean {
    const isOpen = this.#sockets.at(-1)?.destroyed === false;
    // undici waits for an immediate before it uses a connection again, which never comes in a test that fakes it.
    const isUsedAgain = globalThis.setImmediate === setImmediate;
    return isOpen && isUsedAgain && performance.now() - this.#openedAt < MAX_AGE_MS;
  }

  get bytesRead(): number {
    return this.#sockets.at(-1)?.bytesRead ?? 0;
  }

  dispatch(request: Dispatcher.DispatchOptions, handler: ExchangeHandler): void {
    this.#client.dispatch(request, handler);
  }

  release(onReleased: () => void): void {
    if (this.closed === undefined) {
      this.#events.onIdle();
    }
    onReleased();
  }

  destroy(): void {
    if (this.closed !== undefined) {
      return;
    }
    this.closed = this.#client.destroy();
    this.#events.onEnd();
    for (const socket of this.#sockets) {
      socket.destroy();
    }
  }

  #dial(dialer: Dialer, destination: Destination, report: buildConnector.Callback): void {
    if (this.#hasDialed) {
      report(new ConnectionLost(), null);
      return;
    }
    this.#hasDialed = true;
    const onSocket = (socket: Socket) => {
      this.#sockets.push(socket);
      if (this.closed !== undefined) {
        socket.destroy();
      }
    };
    dialer.open(destination, onSocket, report);
  }
}

/** The connection ended before the request was written. */
class ConnectionLost extends Error {
  readonly code = 'ECONNRESET';
}

/** What the pool needs of undici. */
export interface Undici {
  readonly Client: typeof Client;
  readonly buildConnector: typeof buildConnector;
}

/**
 * Loads a fifth of undici's files: the others are `fetch`, WebSocket, the cache and its mocks, and take three
 * quarters of the time and of the memory. No version of undici promises where its files are: where they
 * are not, all of it is loaded.
 */
export async function loadUndici(): Promise<Undici> {
  try {
    const [client, connect] = await Promise.all([
      import('undici/lib/dispatcher/client.js'),
      import('undici/lib/core/connect.js'),
    ]);
    return { Client: client.default, buildConnector: connect.default };
  } catch {
    return import('undici');
  }
}
