import { Readable } from 'node:stream';
import type { ApiKeyHolder } from '../api-key-holder.js';
import type { CohereTransport } from '../cohere-transport.js';
import { authorization } from '../authorization.js';

/** A `Response` of these statuses may not be given a body, not even an empty one. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * What `CohereClientV2#fetch` sends its requests with: the module's pool, and its key, which goes to the
 * module's own origin only. Redirects are not followed.
 */
export function createClientFetch(transport: CohereTransport, keys: ApiKeyHolder): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const bearer = url.origin === transport.origin ? authorization(keys.current) : undefined;
    const dispatcher = await transport.loadDispatcher();
    const { statusCode, headers, body } = await dispatcher.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: request.method,
      headers: {
        ...Object.fromEntries(request.headers),
        ...(bearer === undefined ? {} : { authorization: bearer }),
      },
      body: request.body === null ? null : Buffer.from(await request.arrayBuffer()),
      signal: request.signal,
    });
    const isEmpty = WITHOUT_BODY.has(statusCode);
    if (isEmpty) {
      await body.dump();
    }
    return new Response(isEmpty ? null : Readable.toWeb(body), {
      status: statusCode,
      headers: Object.entries(headers).flatMap(([name, value]) =>
        [value ?? []].flat().map((item): [string, string] => [name, item]),
      ),
    });
  };
}
