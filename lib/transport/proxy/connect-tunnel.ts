import { isIPv6, type Socket } from 'node:net';
import {
  credentialsOf,
  openTunnel,
  ProxyError,
  readMessage,
  type TunnelOptions,
  type TunnelTarget,
} from './proxy-socket.js';

const START = 'HTTP/1.';
const END = '\r\n\r\n';
const MAX_HEAD_BYTES = 64 * 1024;

/**
 * Opens a tunnel through an HTTP proxy (CONNECT).
 *
 * @throws what the connection fails with; ProxyError
 */
export function openConnectTunnel(options: TunnelOptions): Promise<Socket> {
  return openTunnel(options, (socket) => negotiate(socket, options.proxy, options.target));
}

async function negotiate(
  socket: Socket,
  proxy: URL,
  { hostname, port }: TunnelTarget,
): Promise<void> {
  const authority = `${isIPv6(hostname) ? `[${hostname}]` : hostname}:${port}`;
  const lines = [
    `CONNECT ${authority} HTTP/1.1`,
    `host: ${authority}`,
    'proxy-connection: keep-alive',
    ...authorization(proxy),
  ];
  socket.write(`${lines.join('\r\n')}${END}`);
  for (;;) {
    // 1xx precedes the answer.
    // oxlint-disable-next-line no-await-in-loop
    const head = await readMessage(socket, endOfHead(proxy), () => hungUp(proxy));
    const status = Number(head.toString('latin1', START.length + 2, START.length + 5));
    if (status >= 200 && status < 300) {
      return;
    }
    if (!(status >= 100 && status < 200)) {
      throw refused(status, head.toString('latin1'), proxy);
    }
  }
}

function endOfHead(proxy: URL): (bytes: Buffer) => number | undefined {
  return (bytes) => {
    const start = bytes.toString('latin1', 0, START.length);
    if (!START.startsWith(start) || bytes.length > MAX_HEAD_BYTES) {
      throw hungUp(proxy);
    }
    const at = bytes.indexOf(END);
    return at < 0 ? undefined : at + END.length;
  };
}

function authorization(proxy: URL): readonly string[] {
  if (proxy.username === '') {
    return [];
  }
  const { user, password } = credentialsOf(proxy);
  const pair = Buffer.from(`${user}:${password}`).toString('base64');
  return [`proxy-authorization: Basic ${pair}`];
}

/** Creates the error of a refused tunnel. An address can contain credentials for Basic only. */
function refused(status: number, head: string, proxy: URL): ProxyError {
  const schemes = SCHEMES.filter((scheme) =>
    new RegExp(`^proxy-authenticate:(?:.*,)?[ \\t]*${scheme}\\b`, 'im').test(head),
  );
  let why = '';
  if (schemes.length > 0 && !schemes.includes('Basic')) {
    why = '; Basic is not offered';
  } else if (proxy.username !== '') {
    why = '; credentials were sent';
  }
  const message = `Proxy response (${status}) !== 200 when HTTP Tunneling${why}`;
  return new ProxyError('UND_ERR_ABORTED', message, proxy, schemes.join(', ') || undefined);
}

const SCHEMES = ['Basic', 'Digest', 'Negotiate', 'Kerberos', 'NTLM', 'Bearer'];

function hungUp(proxy: URL): ProxyError {
  return new ProxyError(
    'ERR_PROXY_CLOSED',
    'the proxy hung up, or does not speak HTTP, instead of opening a tunnel',
    proxy,
  );
}
