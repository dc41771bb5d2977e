import type { Socket } from 'node:net';

/** Where the other end of the tunnel is. */
export interface TunnelTarget {
  readonly hostname: string;
  readonly port: number;
}

export interface TunnelOptions {
  readonly proxy: URL;
  readonly target: TunnelTarget;
  readonly timeoutMs: number;
  /** Given every socket as soon as there is one, so that it can be ended whatever becomes of it. */
  readonly onSocket: (socket: Socket) => void;
}

/** The codes are those undici fails with, so that they mean the same everywhere. */
export class ProxyError extends Error {
  readonly code: string;
  readonly hostname: string;
  readonly port: number;

  constructor(code: string, message: string, proxy: URL) {
    super(message);
    this.code = code;
    this.hostname = proxy.hostname;
    this.port = portOf(proxy);
  }
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };
const SOCKS_PORT = 1_080;

export function portOf({ port, protocol }: URL): number {
  return port === '' ? (DEFAULT_PORTS[protocol] ?? SOCKS_PORT) : Number(port);
}

export function tooSlow(proxy: URL, timeoutMs: number): ProxyError {
  return new ProxyError(
    'UND_ERR_CONNECT_TIMEOUT',
    `the proxy did not open a tunnel within ${timeoutMs} ms`,
    proxy,
  );
}
