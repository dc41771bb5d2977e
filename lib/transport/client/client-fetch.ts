import { Readable } from 'node:stream';
import type { ApiKeyHolder } from '../api-key-holder.js';
import type { CohereTransport } from '../cohere-transport.js';
import { InterruptedAttempt } from '../attempt-failure.js';
import { CallScope } from '../call-scope.js';

/** A `Response` of these statuses may not be given a body, not even an empty one. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * What `CohereClientV2#fetch` sends its requests with: the module's pool, and its key, which goes to the
 * module's own origin only. Redirects are not followed.
 */
export function createClientFetch(transport: CohereTransport, keys: ApiKeyHolder): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const scope = new CallScope(transport.calls, { signal: request.signal });
    try {
      scope.signal.throwIfAborted();
      const response = await send(transport, keys, request, scope);
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
  transport: CohereTransport,
  keys: ApiKeyHolder,
  request: Request,
  scope: CallScope,
): Promise<Response> {
  const url = new URL(request.url);
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
