import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** The target of the tunnel. */
export interface TunnelTarget {
  readonly hostname: string;
  readonly port: number;
}

export interface TunnelOptions {
  readonly proxy: URL;
  readonly target: TunnelTarget;
  readonly timeoutMs: number;
  /** Receives every socket as soon as it exists, so that it can always be destroyed. */
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

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };
const SOCKS_PORT = 1_080;

function portOf({ port, protocol }: URL): number {
  return port === '' ? (DEFAULT_PORTS[protocol] ?? SOCKS_PORT) : Number(port);
}

/**
 * Connects to a proxy and negotiates a tunnel. One attempt, with a deadline: undici 7 itself retries a proxy that
 * hangs up thousands of times a second, and waits forever for one that never answers.
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

/** Returns user and password of the address. A percent sign that encodes nothing is literal. */
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
 * @param end returns the length of the message within the bytes so far; undefined while it is incomplete
 */
export async function readMessage(
  socket: Socket,
  end: (bytes: Buffer) => number | undefined,
  hungUp: () => ProxyError,
): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  for (;;) {
    // Reads everything: with data left in it, the socket would emit `readable` again, forever.
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

/** Attributes a failure to the proxy, not to Cohere; other errors keep their code, which names the address. */
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
