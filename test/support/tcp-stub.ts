import { createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { listenOnLoopback, portOf } from './loopback.js';

type Serve = (socket: Socket) => void;

/**
 * A real server below HTTP. It is apart from `StubCohere` because what it plays answers no request: a proxy that hangs up, a
 * port that never speaks TLS, a mail server.
 */
export class TcpStub {
  readonly sockets = new Set<Socket>();
  connectionCount = 0;
  /** What the sockets sent, all together. */
  received = '';
  readonly #server: Server;

  private constructor(serve: Serve) {
    this.#server = createServer((socket) => {
      this.connectionCount += 1;
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        this.received += bytes.toString('latin1');
      });
      serve(socket);
    });
  }

  /** Starts a server that ends with the test. Without `serve` it accepts connections and says nothing. */
  static async start(serve?: Serve): Promise<TcpStub> {
    const stub = await TcpStub.open(serve);
    onTestFinished(() => stub.stop());
    return stub;
  }

  /** As `start`, for a hook or a concurrent test, of which Vitest does not know the end: stop it there. */
  static async open(serve: Serve = () => undefined): Promise<TcpStub> {
    const stub = new TcpStub(serve);
    await listenOnLoopback(stub.#server);
    return stub;
  }

  get port(): number {
    return portOf(this.#server);
  }

  stop(): Promise<void> {
    for (const socket of this.sockets) {
      socket.destroy();
    }
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

/** Waits for the first bytes, sends its own, and ends the connection. */
export function replyAndEnd(bytes: string): Serve {
  return (socket) => {
    socket.once('data', () => socket.end(Buffer.from(bytes, 'latin1')));
  };
}
