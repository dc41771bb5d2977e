import { once } from 'node:events';
import { connect, isIPv4, type Socket } from 'node:net';
import {
  portOf,
  ProxyError,
  tooSlow,
  type TunnelOptions,
  type TunnelTarget,
} from './connect-tunnel.js';

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const USER_AND_PASSWORD = 2;
const HUNG_UP = 'the SOCKS proxy hung up';
const ADDRESS = { v4: 1, name: 3, v6: 4 } as const;

/**
 * SOCKS 5 (RFC 1928), with user and password (RFC 1929). Names are resolved by the proxy.
 *
 * @throws what the connection fails with; ProxyError
 */
export async function openSocksTunnel({
  proxy,
  target,
  timeoutMs,
  onSocket,
}: TunnelOptions): Promise<Socket> {
  const socket = connect({
    host: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: portOf(proxy),
  });
  onSocket(socket);
  const timer = setTimeout(() => socket.destroy(tooSlow(proxy, timeoutMs)), timeoutMs).unref();
  try {
    await once(socket, 'connect');
    await negotiate(socket, proxy, target);
    return socket;
  } catch (error) {
    socket.on('error', () => undefined).destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function negotiate(socket: Socket, proxy: URL, target: TunnelTarget): Promise<void> {
  const methods =
    proxy.username === '' ? [NO_AUTHENTICATION] : [NO_AUTHENTICATION, USER_AND_PASSWORD];
  socket.write(Buffer.from([VERSION, methods.length, ...methods]));
  const [, method] = await read(socket, 2, proxy);
  if (method === USER_AND_PASSWORD) {
    const user = Buffer.from(decodeURIComponent(proxy.username));
    const password = Buffer.from(decodeURIComponent(proxy.password));
    socket.write(Buffer.from([1, user.length, ...user, password.length, ...password]));
    const [, status] = await read(socket, 2, proxy);
    check(status === 0, 'the SOCKS proxy refused user and password', proxy);
  } else {
    check(method === NO_AUTHENTICATION, 'the SOCKS proxy asks for another authentication', proxy);
  }
  socket.write(connectRequest(target));
  const [, reply, , type] = await read(socket, 4, proxy);
  check(reply === 0, `the SOCKS proxy refused the connection (${reply})`, proxy);
  await read(socket, (await addressLength(socket, type, proxy)) + 2, proxy);
}

function connectRequest({ hostname, port }: TunnelTarget): Buffer {
  const name = Buffer.from(hostname);
  const address = isIPv4(hostname)
    ? [ADDRESS.v4, ...hostname.split('.').map(Number)]
    : [ADDRESS.name, name.length, ...name];
  return Buffer.from([VERSION, 1, 0, ...address, port >> 8, port & 0xff]);
}

async function addressLength(
  socket: Socket,
  type: number | undefined,
  proxy: URL,
): Promise<number> {
  if (type === ADDRESS.name) {
    const [length = 0] = await read(socket, 1, proxy);
    return length;
  }
  return type === ADDRESS.v6 ? 16 : 4;
}

/** Takes so many bytes and leaves the rest for the next reader. */
async function read(socket: Socket, length: number, proxy: URL): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  for (;;) {
    // All there is: with a part left in it, the socket would call itself readable again at once, and for ever.
    const chunk: unknown = socket.read();
    if (Buffer.isBuffer(chunk)) {
      bytes = Buffer.concat([bytes, chunk]);
    }
    if (bytes.length >= length) {
      if (bytes.length > length) {
        socket.unshift(bytes.subarray(length));
      }
      return bytes.subarray(0, length);
    }
    check(!socket.readableEnded && !socket.destroyed, HUNG_UP, proxy);
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

function check(isRight: boolean, message: string, proxy: URL): asserts isRight {
  if (!isRight) {
    throw new ProxyError('UND_ERR_SOCKS5_CLOSED', message, proxy);
  }
}
