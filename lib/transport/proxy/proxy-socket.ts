import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

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
  /** The ways to log in that the proxy offers, where it asks for one. */
  readonly schemes: string | undefined;

  constructor(code: string, message: string, proxy: URL, schemes?: string) {
    super(message);
    this.code = code;
    this.hostname = proxy.hostname;
    this.port = portOf(proxy);
    this.schemes = schemes;
  }
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };
const SOCKS_PORT = 1_080;

function portOf({ port, protocol }: URL): number {
  return port === '' ? (DEFAULT_PORTS[protocol] ?? SOCKS_PORT) : Number(port);
}

/**
 * Connects to a proxy and has a tunnel negotiated. One attempt, with a deadline: undici 7 itself takes a proxy
 * that hangs up for a cut that can be repaired, and asks it again thousands of times a second; and it waits
 * without end for one that never answers.
 *
 * @throws what the connection fails with; ProxyError
 */
export async function openTunnel(
  { proxy, timeoutMs, onSocket }: TunnelOptions,
  negotiate: (socket: Socket) => Promise<void>,
): Promise<Socket> {
  const host = proxy.hostname.replace(/^\[|\]$/g, '');
  const address = { host, port: portOf(proxy) };
  const isTls = proxy.protocol === 'https:';
  const socket = isTls
    ? connectTls(isIP(host) > 0 ? address : { ...address, servername: host })
    : connect(address);
  onSocket(socket);
  const timer = setTimeout(() => {
    const message = `the proxy did not open a tunnel within ${timeoutMs} ms`;
    socket.destroy(new ProxyError('UND_ERR_CONNECT_TIMEOUT', message, proxy));
  }, timeoutMs).unref();
  try {
    await once(socket, isTls ? 'secureConnect' : 'connect');
    await negotiate(socket);
    return socket;
  } catch (error) {
    socket.on('error', () => undefined).destroy();
    throw error instanceof ProxyError ? error : connectionFailure(error, proxy);
  } finally {
    clearTimeout(timer);
  }
}

/** User and password of the address. A percent sign that encodes nothing stands for itself. */
export function credentialsOf({ username, password }: URL): { user: string; password: string } {
  return { user: decodePercent(username), password: decodePercent(password) };
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

/**
 * Takes the bytes of one message and leaves the rest for the next reader.
 *
 * @param end of the bytes so far, the length of the message; undefined as long as it has not ended
 */
export async function readMessage(
  socket: Socket,
  end: (bytes: Buffer) => number | undefined,
  hungUp: () => ProxyError,
): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  for (;;) {
    // All there is: with a part left in it, the socket would call itself readable again at once, and for ever.
    const chunk: unknown = socket.read();
    if (Buffer.isBuffer(chunk)) {
      bytes = Buffer.concat([bytes, chunk]);
    }
    const length = end(bytes);
    if (length !== undefined) {
      if (bytes.length > length) {
        socket.unshift(bytes.subarray(length));
      }
      return bytes.subarray(0, length);
    }
    if (socket.readableEnded || socket.destroyed) {
      throw hungUp();
    }
    // oxlint-disable-next-line no-await-in-loop
    await readableOrEnded(socket);
  }
}

function readableOrEnded(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error) => {
      for (const name of ['readable', 'end', 'close'] as const) {
        socket.off(name, done);
      }
      socket.off('error', settle);
      if (error === undefined) {
        resolve();
      } else {
        reject(error);
      }
    };
    const done = () => settle();
    for (const name of ['readable', 'end', 'close'] as const) {
      socket.on(name, done);
    }
    socket.on('error', settle);
  });
}

const CUT = /^(?:ECONNRESET|EPIPE)$/;
const NOT_TLS = /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$/;
const CERTIFICATE =
  /^(?:CERT_.*|.*_SELF_SIGNED_CERT|SELF_SIGNED_CERT_.*|UNABLE_TO_.*|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|ERR_TLS_CERT_ALTNAME_INVALID)$/;

/** What failed is the proxy, not Cohere; the rest keeps its own code, which names the address. */
function connectionFailure(error: unknown, proxy: URL): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (CUT.test(code)) {
    const message = 'the proxy hung up instead of opening a tunnel';
    return new ProxyError('ERR_PROXY_CLOSED', message, proxy);
  }
  if (proxy.protocol !== 'https:') {
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
