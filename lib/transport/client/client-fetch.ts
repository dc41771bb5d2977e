import { Readable } from 'node:stream';
import { callForClient, type ClientConnection, openStream, toHeaders } from './client-call.js';

/** Statuses for which the `Response` constructor accepts no body, not even an empty one. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Implements `CohereClientV2#fetch`, whose retries and deadline are the SDK's. Follows no redirects. Requests to
 * another origin get neither the key nor the headers of the module.
 */
export function createClientFetch(connection: ClientConnection): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    if (url.origin !== connection.transport.origin) {
      return fetch(request);
    }
    const { answer, failure } = await callForClient(
      connection,
      {
        url,
        method: request.method,
        headers: { accept: '*/*', ...Object.fromEntries(request.headers) },
        body: request.body === null ? null : Buffer.from(await request.arrayBuffer()),
        maxRetries: 0,
        signal: request.signal,
      },
      openStream,
    );
    const { status, headers } = answer ?? failure;
    const head = { status, headers: toHeaders(headers) };
    if (WITHOUT_BODY.has(status)) {
      answer?.body.resume();
      return new Response(null, head);
    }
    return new Response(answer === undefined ? failure.body : Readable.toWeb(answer.body), head);
  };
}
