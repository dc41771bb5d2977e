import { createServer, type RequestListener } from 'node:http';

export interface AnsweringServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** A real HTTP server on loopback that answers as it is told. */
export async function answeringServer(listener: RequestListener): Promise<AnsweringServer> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Always the same answer. */
export function answer(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): RequestListener {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? 'text/html' : 'application/json';
  return (_request, response) => {
    response.writeHead(status, { 'content-type': type, ...headers }).end(text);
  };
}
