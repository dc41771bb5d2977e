import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers';
import type { buildConnector, Client, Dispatcher } from 'undici';
import { CONNECT_MS, type Destination, Dialer } from './dialer.js';
import type { Connection, ConnectionSource } from './exchange.js';

// Only the deadline of the call applies; the first two would end a request earlier, or leave timers behind.
const CLIENT_OPTIONS = {
  headersTimeout: 0,
  bodyTimeout: 0,
  // Idle connections stay open between bursts; a server that closes earlier announces it in Keep-Alive.
  keepAliveTimeout: 30_000,
} as const;
/** The maximum age of a connection that is used again: DNS may have moved the name to another address. */
const MAX_AGE_MS = 240_000;

/**
 * The connections of one instance, each for one request at a time. A new one is opened only if none is idle.
 */
export class ConnectionPool implements ConnectionSource {
  readonly #dialer: Dialer;
  readonly #undici: Undici;
  /** A stack: the last one used is used first, so that the extra connections of a burst become idle. */
  readonly #idle: PooledConnection[] = [];
  readonly #all = new Set<PooledConnection>();
  #isClosed = false;

  constructor(proxy: URL | undefined, undici: Undici) {
    this.#undici = undici;
    this.#dialer = new Dialer(proxy, undici.buildConnector({ timeout: CONNECT_MS }));
  }

  /** The sockets that are open or being opened. */
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

  /** Ends every connection now, including those still connecting. */
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
 * An undici client that connects once. undici itself would retry the connection without limit, even for an
 * aborted request.
 */
class PooledConnection implements Connection {
  readonly origin: string;
  isReused = false;
  /** Settles when the connection that was destroyed is closed. */
  closed: Promise<void> | undefined;
  readonly #client: Client;
  readonly #events: PoolEvents;
  readonly #openedAt = performance.now();
  /** The sockets of the connection; the last one carries HTTP. */
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
    // undici waits for an immediate before it reuses a connection, which never fires in a test with fake timers.
    const isUsedAgain = globalThis.setImmediate === setImmediate;
    return isOpen && isUsedAgain && performance.now() - this.#openedAt < MAX_AGE_MS;
  }

  get bytesRead(): number {
    return this.#sockets.at(-1)?.bytesRead ?? 0;
  }

  dispatch(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
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

/** Signals that the connection ended before the request was written. */
class ConnectionLost extends Error {
  readonly code = 'ECONNRESET';
}

/** The part of undici that the pool needs. */
export interface Undici {
  readonly Client: typeof Client;
  readonly buildConnector: typeof buildConnector;
}

/**
 * Loads a fifth of undici's files. The others (`fetch`, WebSocket, cache, mocks) take three quarters of the time and
 * memory. The paths are not part of undici's API: if they differ, the whole package is loaded.
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
