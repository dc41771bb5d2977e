import type { Server } from 'node:http';

/** Where a server listens; stays readable when it has stopped. */
export interface BoundAddress {
  readonly port: number;
  readonly url: string;
}

export function listen(server: Server, port: number, host: string): Promise<BoundAddress> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve(boundAddress(server, host));
    });
  });
}

function boundAddress(server: Server, host: string): BoundAddress {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, url: `http://${host.includes(':') ? `[${host}]` : host}:${port}` };
}
