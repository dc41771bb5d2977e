import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { listenOnLoopback, portOf } from './loopback.js';

/** A proxy that works: it opens the tunnels it is asked for. Proxies that misbehave are a `TcpStub`. */
export class TunnelProxy {
  /** Where the tunnels were asked to lead: `api.cohere.com:443`. */
  readonly targets: string[] = [];
  readonly #server: Server;

  /** @param port where all tunnels lead instead, on loopback */
  private constructor(port?: number) {
    this.#server = createServer();
    this.#server.on('connect', ({ url = '' }, socket, head) => {
      this.targets.push(url);
      const asked = new URL(`http://${url}`);
      const upstream = connect(
        port ?? Number(asked.port),
        port === undefined ? asked.hostname : '127.0.0.1',
        () => {
          socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
          upstream.write(head);
          upstream.pipe(socket).pipe(upstream);
        },
      );
      upstream.on('error', () => socket.destroy());
      socket.on('error', () => upstream.destroy());
    });
  }

  static async open(port?: number): Promise<TunnelProxy> {
    const proxy = new TunnelProxy(port);
    await listenOnLoopback(proxy.#server);
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#server)}`;
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
