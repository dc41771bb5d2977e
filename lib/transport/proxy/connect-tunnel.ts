import { once } from 'node:events';
import { connect, isIP, isIPv6, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface TunnelOptions {
  readonly proxy: URL;
  /** The target of the tunnel. */
  readonly hostname: string;
  readonly port: number;
  readonly timeoutMs: number;
  /** Receives the socket as soon as it exists, so that it can always be destroyed. */
  readonly onSocket: (socket: Socket) => void;
}

/** Signals a failure of the proxy, with undici's error codes. */
export class ProxyError extends Error {
  readonly code: string;
  readonly hostname: string;
  readonly port: number;
  /** The authentication schemes that the proxy offers, if it requires one. */
  readonly schemes: string | undefined;

  constructor(code: string, message: string, proxy: URL, schemes?: string) {
    super(message);
    this.code = code;
    this.hostname = proxy.hostname;
    this.port = portOf(proxy);
    this.schemes = schemes;
  }
}

const START = 'HTTP/1.';
const END = '\r\n\r\n';
const MAX_HEAD_BYTES = 64 * 1024;

/**
 * Opens a tunnel through an HTTP proxy (CONNECT). One attempt, with a deadline: undici 7 itself retries a proxy
 * that hangs up thousands of times a second, and waits forever for one that never answers.
 *
 * @throws what the connection fails with; ProxyError
 */
export async function openConnectTunnel(options: TunnelOptions): Promise<Socket> {
  const { proxy, timeoutMs, onSocket } = options;
  const socket = connectTo(proxy);
  onSocket(socket);
  const timer = setTimeout(() => {
    const message = `the proxy did not open a tunnel within ${timeoutMs} ms`;
    socket.destroy(new ProxyError('UND_ERR_CONNECT_TIMEOUT', message, proxy));
  }, timeoutMs).unref();
  try {
    await once(socket, proxy.protocol === 'https:' ? 'secureConnect' : 'connect');
    await negotiate(socket, options);
    return socket;
  } catch (error) {
    socket.on('error', () => undefined).destroy();
    throw connectionFailure(error, proxy);
  } finally {
    clearTimeout(timer);
  }
}

async function negotiate(socket: Socket, { proxy, hostname, port }: TunnelOptions): Promise<void> {
  const authority = `${isIPv6(hostname) ? `[${hostname}]` : hostname}:${port}`;
  const lines = [
    `CONNECT ${authority} HTTP/1.1`,
    `host: ${authority}`,
    'proxy-connection: keep-alive',
    ...authorization(proxy),
  ];
  socket.write(`${lines.join('\r\n')}${END}`);
  let bytes = Buffer.alloc(0);
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    bytes = Buffer.concat([bytes, chunk]);
    let end = endOfHead(bytes, proxy);
    while (end !== undefined) {
      const head = bytes.toString('latin1', 0, end);
      bytes = bytes.subarray(end);
      const status = Number(head.slice(START.length + 2, START.length + 5));
      if (status >= 200 && status < 300) {
        socket.unshift(bytes);
        return;
      }
      // 1xx precedes the answer.
      if (!(status >= 100 && status < 200)) {
        throw refused(status, head, proxy);
      }
      end = endOfHead(bytes, proxy);
    }
  }
  throw hungUp(proxy);
}

function endOfHead(bytes: Buffer, proxy: URL): number | undefined {
  if (
    !START.startsWith(bytes.toString('latin1', 0, START.length)) ||
    bytes.length > MAX_HEAD_BYTES
  ) {
    throw hungUp(proxy);
  }
  const at = bytes.indexOf(END);
  return at < 0 ? undefined : at + END.length;
}

function connectTo(proxy: URL): Socket {
  const host = proxy.hostname.replace(/^\[|\]$/g, '');
  const address = { host, port: portOf(proxy) };
  if (proxy.protocol !== 'https:') {
    return connect(address);
  }
  return connectTls(isIP(host) > 0 ? address : { ...address, servername: host });
}

function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}

/** Sends user and password of the address. A percent sign that encodes nothing is literal. */
function authorization({ username, password }: URL): readonly string[] {
  const pair = Buffer.from(`${decodePercent(username)}:${decodePercent(password)}`);
  return username === '' ? [] : [`proxy-authorization: Basic ${pair.toString('base64')}`];
}

function decodePercent(text: string): string {
  return text.replace(/(?:%[\da-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  });
}

const SCHEMES = ['Basic', 'Digest', 'Negotiate', 'Kerberos', 'NTLM', 'Bearer'];

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

function hungUp(proxy: URL): ProxyError {
  const message = 'the proxy hung up, or does not speak HTTP, instead of opening a tunnel';
  return new ProxyError('ERR_PROXY_CLOSED', message, proxy);
}

const CUT = /^(?:ECONNRESET|EPIPE)$/;
const NOT_TLS = /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$/;
const CERTIFICATE =
  /^(?:CERT_.*|.*_SELF_SIGNED_CERT|SELF_SIGNED_CERT_.*|UNABLE_TO_.*|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|ERR_TLS_CERT_ALTNAME_INVALID)$/;

/** Attributes a failure to the proxy, not to Cohere; other errors keep their code, which names the address. */
function connectionFailure(error: unknown, proxy: URL): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (CUT.test(code)) {
    return hungUp(proxy);
  }
  if (error instanceof ProxyError || proxy.protocol !== 'https:') {
    return error;
  }
  if (NOT_TLS.test(code)) {
    const sends = proxy.username === '' ? 'no credentials' : 'credentials';
    return new ProxyError('ERR_PROXY_NOT_TLS', `the proxy does not speak TLS; ${sends}`, proxy);
  }
  if (CERTIFICATE.test(code)) {
    return new ProxyError(`ERR_PROXY_${code}`, 'the certificate of the proxy is not valid', proxy);
  }
  return /^(?:EPROTO|ERR_SSL_|ERR_TLS_)/.test(code)
    ? new ProxyError('UND_ERR_PRX_TLS', 'TLS with the proxy failed', proxy)
    : error;
}
