import { isIPv4, type Socket } from 'node:net';
import {
  credentialsOf,
  openTunnel,
  ProxyError,
  readMessage,
  type TunnelOptions,
  type TunnelTarget,
} from './proxy-socket.js';

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const USER_AND_PASSWORD = 2;
const ADDRESS = { v4: 1, name: 3, v6: 4 } as const;

/**
 * Opens a tunnel through SOCKS 5 (RFC 1928), with user and password (RFC 1929). The proxy resolves names.
 *
 * @throws what the connection fails with; ProxyError
 */
export function openSocksTunnel(options: TunnelOptions): Promise<Socket> {
  return openTunnel(options, (socket) => negotiate(socket, options.proxy, options.target));
}

async function negotiate(socket: Socket, proxy: URL, target: TunnelTarget): Promise<void> {
  const methods =
    proxy.username === '' ? [NO_AUTHENTICATION] : [NO_AUTHENTICATION, USER_AND_PASSWORD];
  socket.write(Buffer.from([VERSION, methods.length, ...methods]));
  const [, method] = await read(socket, 2, proxy);
  if (method === USER_AND_PASSWORD) {
    const credentials = credentialsOf(proxy);
    const user = Buffer.from(credentials.user);
    const password = Buffer.from(credentials.password);
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

function read(socket: Socket, length: number, proxy: URL): Promise<Buffer> {
  return readMessage(
    socket,
    (bytes) => (bytes.length < length ? undefined : length),
    () => new ProxyError('UND_ERR_SOCKS5_CLOSED', 'the SOCKS proxy hung up', proxy),
  );
}

function check(isValid: boolean, message: string, proxy: URL): asserts isValid {
  if (!isValid) {
    throw new ProxyError('UND_ERR_SOCKS5_CLOSED', message, proxy);
  }
}
