import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
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

/**
 * Has an HTTP proxy open a way to a host (CONNECT). One attempt, with a deadline: undici 7 itself takes a proxy
 * that hangs up on CONNECT for a cut that can be repaired, and asks it again thousands of times a second; and it
 * waits without end for one that never answers.
 *
 * @throws what the connection fails with; ProxyError
 */
export function openConnectTunnel({
  proxy,
  target,
  timeoutMs,
  onSocket,
}: TunnelOptions): Promise<Socket> {
  const authority = `${target.hostname}:${target.port}`;
  return new Promise((resolve, reject) => {
    const send = proxy.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send({
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: portOf(proxy),
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, 'proxy-connection': 'keep-alive', ...credentials(proxy) },
      agent: false,
    });
    const timer = setTimeout(() => request.destroy(tooSlow(proxy, timeoutMs)), timeoutMs).unref();
    request.on('socket', onSocket);
    request.once('connect', (response: IncomingMessage, socket: Socket, head: Buffer) => {
      clearTimeout(timer);
      if (response.statusCode !== 200) {
        socket.destroy();
        const message = `Proxy response (${response.statusCode}) !== 200 when HTTP Tunneling`;
        reject(new ProxyError('UND_ERR_ABORTED', message, proxy));
        return;
      }
      if (head.length > 0) {
        socket.unshift(head);
      }
      resolve(socket);
    });
    request.on('error', (error) => {
      clearTimeout(timer);
      reject(proxyFailure(error, proxy));
    });
    request.end();
  });
}

function credentials({ username, password }: URL): { 'proxy-authorization'?: string } {
  if (username === '') {
    return {};
  }
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

const NOT_HTTP = /^HPE_/;
const NOT_TLS = /^(?:EPROTO|ERR_SSL_|ERR_TLS_|.*CERT|UNABLE_TO_)/;

/** What failed is the proxy, not Cohere; the rest keeps its own code, which names the address. */
function proxyFailure(error: NodeJS.ErrnoException, proxy: URL): Error {
  const code = error.code ?? '';
  if (code === 'ECONNRESET' || code === 'EPIPE' || NOT_HTTP.test(code)) {
    return new ProxyError(
      'ERR_PROXY_CLOSED',
      'the proxy hung up instead of opening a tunnel',
      proxy,
    );
  }
  return proxy.protocol === 'https:' && NOT_TLS.test(code)
    ? new ProxyError('UND_ERR_PRX_TLS', 'TLS with the proxy failed', proxy)
    : error;
}
