import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Secret } from '../../config/secret.js';
import type { ReceivedResponse } from '../../diagnosis/request-context.interface.js';
import { FailedResponse, UnusableResponse } from '../attempt-failure.js';
import { authorization } from '../authorization.js';
import type { CallScope } from '../call-scope.js';
import type { CohereTransport } from '../cohere-transport.js';
import { orAbort } from '../or-abort.js';
import type { SdkRequest } from '../sdk-fetcher.js';
import { clientHeaders, clientUrl } from './client-request.js';

export interface ClientAnswer {
  /** In the form the SDK asked for. */
  readonly body: unknown;
  /** Without its body. */
  readonly response: ReceivedResponse;
}

/** One attempt of the injected client. @throws FailedResponse, UnusableResponse, what undici throws */
export async function exchangeForClient(
  transport: CohereTransport,
  request: SdkRequest,
  key: Secret | undefined,
  scope: CallScope,
): Promise<ClientAnswer> {
  const url = clientUrl(request);
  const dispatcher = await orAbort(transport.loadDispatcher(), scope.signal);
  const { statusCode, headers, body } = await dispatcher.request({
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method: request.method,
    headers: await clientHeaders(request, transport.headers, authorization(key)),
    body: bodyOf(request),
    signal: scope.signal,
  });
  const response = { status: statusCode, headers, body: '' };
  if (statusCode < 200 || statusCode >= 300) {
    throw new FailedResponse({ ...response, body: await body.text() });
  }
  if (isStreaming(request)) {
    scope.endDeadline();
    body.once('close', () => scope.close());
    return { body: Readable.toWeb(body), response };
  }
  return { body: await readBody(body, request, response), response };
}

export function isStreaming({ responseType }: SdkRequest): boolean {
  return responseType === 'sse' || responseType === 'streaming';
}

/** An upload is a stream, and gone once it has been sent. */
export function isRepeatable({ body }: SdkRequest): boolean {
  return !isReadable(body);
}

function bodyOf({ body }: SdkRequest): string | Readable | null {
  if (body === undefined || body === null) {
    return null;
  }
  if (isReadable(body)) {
    return Readable.from(body);
  }
  return typeof body === 'string' ? body : JSON.stringify(body);
}

function isReadable(body: unknown): body is AsyncIterable<unknown> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

async function readBody(
  body: Dispatcher.ResponseData['body'],
  { responseType }: SdkRequest,
  response: ReceivedResponse,
): Promise<unknown> {
  switch (responseType) {
    case 'text':
      return body.text();
    case 'blob':
      return body.blob();
    case 'arrayBuffer':
      return body.arrayBuffer();
    default:
      return parseJson(await body.text(), response);
  }
}

function parseJson(text: string, response: ReceivedResponse): unknown {
  if (text === '') {
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new UnusableResponse('the body is not JSON', { ...response, body: text });
  }
}
