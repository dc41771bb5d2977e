import { createRequire, syncBuiltinESMExports } from 'node:module';
import { Duplex } from 'node:stream';
import type { Ledger } from './ledger.js';
import {
  faultOf,
  type Line,
  networkError,
  type SimulatedCohere,
  type SimulatedExchange,
} from './simulated-cohere.js';

const net: object = createRequire(import.meta.url)('node:net');
/** How long it takes until the library hears that a connection was closed. */
const NEWS_MS = 30;
export const MOST_DIAL_MS = 5;
const HEAD_END = '\r\n\r\n';

interface NetworkObserver {
  opened(): void;
  refused(): void;
}

/**
 * The network beneath the library's own connections: while it is installed, `net.connect` opens a socket in this
 * process. undici's client runs on it unchanged.
 */
export class SimulatedNetwork {
  /** Sockets that are open or being opened. */
  readonly open = new Set<SimulatedSocket>();
  opened = 0;
  readonly #cohere: SimulatedCohere;
  readonly #ledger: Ledger;
  readonly #observer: NetworkObserver;
  #restore: () => void = () => undefined;

  constructor(cohere: SimulatedCohere, ledger: Ledger, observer: NetworkObserver) {
    this.#cohere = cohere;
    this.#ledger = ledger;
    this.#observer = observer;
  }

  install(): void {
    const before: unknown = Reflect.get(net, 'connect');
    Reflect.set(net, 'connect', () => this.#connect());
    syncBuiltinESMExports();
    this.#restore = () => {
      Reflect.set(net, 'connect', before);
      syncBuiltinESMExports();
    };
  }

  uninstall(): void {
    this.#restore();
  }

  /** Cohere closes the connections that are idle, and the news have not arrived yet. */
  dropIdle(): void {
    for (const socket of this.open) {
      socket.closeIfIdle();
    }
  }

  #connect(): SimulatedSocket {
    const socket = new SimulatedSocket(this.#cohere);
    // As net.connect does: what is destroyed at once never reaches the network.
    process.nextTick(() => {
      if (!socket.destroyed) {
        this.#dial(socket);
      }
    });
    return socket;
  }

  #dial(socket: SimulatedSocket): void {
    this.opened += 1;
    socket.id = this.opened;
    this.open.add(socket);
    socket.once('close', () => this.open.delete(socket));
    const random = this.#cohere.randomFor(`connection ${this.opened}`);
    const fault = faultOf(this.#cohere.weather, 'connect', random.next());
    const isRefused = fault === 'refusedConnection';
    const hangs = fault === 'hang' && random.chance(0.5);
    const end = isRefused ? ' (refused)' : hangs ? ' (hangs)' : '';
    this.#ledger.note(() => `    connection ${socket.id} is opened${end}`);
    this.#observer.opened();
    if (!hangs) {
      this.#cohere.clock
        .setTimeout(
          () => {
            if (isRefused) {
              this.#observer.refused();
              socket.destroy(networkError('connect ECONNREFUSED 10.0.0.1:80', 'ECONNREFUSED'));
            } else {
              socket.connected();
            }
          },
          random.integer(1, MOST_DIAL_MS),
        )
        .unref();
    }
  }
}

/** The client's end of a connection, with the server behind it. */
export class SimulatedSocket extends Duplex {
  id = 0;
  /** As of `net.Socket`. */
  bytesRead = 0;
  connecting = true;
  /** Cohere has closed it. */
  isDropped = false;
  readonly #cohere: SimulatedCohere;
  readonly #line: Line = {
    begin: () => !this.destroyed,
    head: (status, headers, length) => {
      const fields = Object.entries({ ...headers, 'content-length': length });
      const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
      this.#arrive(Buffer.from(`HTTP/1.1 ${status} \r\n${lines}\r\n`));
    },
    data: (chunk) => this.#arrive(chunk),
    end: () => undefined,
    fail: (error) => this.destroy(error),
  };
  #received = '';
  #exchange: SimulatedExchange | undefined;

  constructor(cohere: SimulatedCohere) {
    super();
    this.#cohere = cohere;
  }

  connected(): void {
    if (!this.destroyed) {
      this.connecting = false;
      this.emit('connect');
    }
  }

  closeIfIdle(): void {
    if (!this.connecting && this.#exchange?.hasEnded !== false) {
      this.isDropped = true;
      this.#cohere.clock.setTimeout(() => this.push(null), NEWS_MS).unref();
    }
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.#received += chunk.toString('utf8');
    this.#receive();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#exchange?.abort();
    done(error);
  }

  #arrive(chunk: Buffer): void {
    this.bytesRead += chunk.length;
    this.push(chunk);
  }

  #receive(): void {
    const headEnd = this.#received.indexOf(HEAD_END);
    if (headEnd === -1) {
      return;
    }
    const head = this.#received.slice(0, headEnd);
    const [line = '', ...fields] = head.split('\r\n');
    const headers = new Map(
      fields.map((field) => {
        const colon = field.indexOf(':');
        return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
      }),
    );
    const length = Number(headers.get('content-length') ?? 0);
    const body = this.#received.slice(headEnd + HEAD_END.length);
    if (Buffer.byteLength(body) < length) {
      return;
    }
    this.#received = '';
    const request = {
      path: line.split(' ')[1] ?? '',
      key: (headers.get('authorization') ?? '').replace(/^Bearer /, ''),
      body: body === '' ? '{}' : body,
      connection: this.id,
      isReused: this.#exchange !== undefined,
    };
    this.#exchange = this.#cohere.receive(request, this.#line, this.isDropped);
    this.#exchange.connect();
  }
}
