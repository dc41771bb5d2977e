import { Readable } from 'node:stream';
import { InterruptedAttempt } from '../attempt-failure.js';
import { CallScope } from '../call-scope.js';
import { rerankUrl } from './client-exchange.js';
import type { ClientConnection } from './client-fetcher.js';

/** Statuses for which the `Response` constructor accepts no body, not even an empty one. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Implements `CohereClientV2#fetch` over the module's pool. The key is sent only to the module's own origin.
 * Follows no redirects.
 */
export function createClientFetch({ transport, keys, settings }: ClientConnection): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const scope = new CallScope(transport.calls, { signal: request.signal });
    try {
      scope.signal.throwIfAborted();
      const response = await send({ transport, keys, settings }, request, scope);
      if (response.body === null) {
        scope.close();
      }
      return response;
    } catch (error) {
      scope.close();
      throw error instanceof InterruptedAttempt ? scope.reason : error;
    }
  };
}

async function send(
  { transport, keys, settings }: ClientConnection,
  request: Request,
  scope: CallScope,
): Promise<Response> {
  const url = rerankUrl(new URL(request.url), transport.basePath, settings.rerankPath);
  const key = url.origin === transport.origin ? keys.current : undefined;
  const options = {
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method: request.method,
    headers: {
      ...Object.fromEntries(request.headers),
      ...(key === undefined ? {} : { [transport.keyHeader]: transport.credential(key) }),
    },
    body: request.body === null ? null : Buffer.from(await request.arrayBuffer()),
  };
  const { status, headers, body } = await transport.stream(options, scope);
  if (key !== undefined && status >= 200 && status < 300) {
    keys.accept(key, headers);
  }
  body.once('close', () => scope.close());
  const isEmpty = WITHOUT_BODY.has(status);
  if (isEmpty) {
    body.resume();
  }
  return new Response(isEmpty ? null : Readable.toWeb(body), {
    status,
    headers: Object.entries(headers).flatMap(([name, value]) =>
      [value ?? []].flat().map((item): [string, string] => [name, item]),
    ),
  });
}
