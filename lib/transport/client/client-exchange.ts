import { Readable } from 'node:stream';
import type { Secret } from '../../config/api-key/secret.js';
import type { ReceivedResponse } from '../../diagnosis/request-context.js';
import { RERANK_PATH } from '../../config/base-url.js';
import { toText } from '../content-encoding.js';
import { isFailure, MAX_ERROR_BYTES, type WireRequest } from '../exchange.js';
import { FailedResponse, UnusableResponse } from '../attempt-failure.js';
import type { CohereCall } from '../call-cohere.js';
import { type CohereTransport, toJson } from '../cohere-transport.js';
import type { SdkRequest } from './client-result.js';

export interface ClientAnswer {
  /** In the form the SDK asked for. */
  readonly body: unknown;
  /** Without its body. */
  readonly response: ReceivedResponse;
}

/** What the SDK asks for, and the address that it is sent to. */
export interface ClientRequest {
  readonly request: SdkRequest;
  readonly url: URL;
}

/** One attempt of the injected client. @throws FailedResponse, UnusableResponse, what undici throws */
export async function exchangeForClient(
  transport: CohereTransport,
  { request, url }: ClientRequest,
  key: Secret | undefined,
  call: CohereCall,
): Promise<ClientAnswer> {
  const options = {
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method: request.method,
    // The key is for no other host, wherever the SDK may want to go.
    headers: await clientHeaders(
      request,
      transport,
      url.origin === transport.origin ? key : undefined,
    ),
    body: bodyOf(request),
  };
  return isStreaming(request)
    ? stream(transport, options, call)
    : exchange(transport, options, request, call);
}

/** Embeddings of many texts are large. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** The whole answer at once, bounded as that of rerank. */
async function exchange(
  transport: CohereTransport,
  options: WireRequest,
  request: SdkRequest,
  { scope }: CohereCall,
): Promise<ClientAnswer> {
  const { status, headers, bytes } = await transport.exchange(
    options,
    scope.signal,
    MAX_ANSWER_BYTES,
  );
  const response = { status, headers, body: '' };
  if (isFailure({ status, headers })) {
    throw new FailedResponse({ ...response, body: toText(bytes) });
  }
  return { body: readBody(bytes, request, response), response };
}

/** The deadline is over with the headers. */
async function stream(
  transport: CohereTransport,
  options: WireRequest,
  call: CohereCall,
): Promise<ClientAnswer> {
  const { scope } = call;
  const { status, headers, body } = await transport.stream(options, scope);
  const response = { status, headers, body: '' };
  if (isFailure({ status, headers })) {
    throw new FailedResponse({ ...response, body: await readStart(body) });
  }
  call.startStreaming();
  body.once('close', () => scope.close());
  return { body: Readable.toWeb(body), response };
}

/** An error page is read for its message, not kept. */
async function readStart(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    size += bytes.length;
    if (size >= MAX_ERROR_BYTES) {
      break;
    }
  }
  return toText(Buffer.concat(chunks).subarray(0, MAX_ERROR_BYTES));
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
  return typeof body === 'string' ? body : toJson(body);
}

function isReadable(body: unknown): body is AsyncIterable<unknown> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

function readBody(
  bytes: Buffer,
  { responseType }: SdkRequest,
  response: ReceivedResponse,
): unknown {
  switch (responseType) {
    case 'text':
      return toText(bytes);
    case 'blob':
      return new Blob([Uint8Array.from(bytes)]);
    case 'arrayBuffer':
      return Uint8Array.from(bytes).buffer;
    default:
      return parseJson(toText(bytes), response);
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

/** The address the SDK asks for, with its query parameters; rerank goes where the base URL says. */
export function clientUrl(
  { url, queryParameters = {} }: SdkRequest,
  basePath: string,
  rerankPath: string,
): URL {
  const target = rerankUrl(new URL(url), basePath, rerankPath);
  for (const [name, value] of Object.entries(queryParameters)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined && item !== null) {
        target.searchParams.append(name, String(item));
      }
    }
  }
  return target;
}

/** Some servers have rerank at another path than Cohere's, for the same body. */
export function rerankUrl(url: URL, basePath: string, rerankPath: string): URL {
  return url.pathname === basePath + RERANK_PATH
    ? new URL(`${basePath}${rerankPath}${url.search}`, url)
    : url;
}

/**
 * The SDK's headers, under those of the module's options, in undici's flat form. The key is ours to add:
 * the SDK has none.
 */
export async function clientHeaders(
  { headers = {}, contentType, body, responseType }: SdkRequest,
  transport: Pick<CohereTransport, 'headers' | 'keyHeader' | 'credential'>,
  key: Secret | undefined,
): Promise<string[]> {
  const merged = new Map<string, string>();
  if (contentType !== undefined && body !== undefined) {
    merged.set('content-type', contentType);
  }
  for (const [name, value] of Object.entries(headers)) {
    // A supplier, in the SDK's words.
    // oxlint-disable-next-line no-await-in-loop
    const text: unknown =
      typeof value === 'function' ? await value({ endpointMetadata: {} }) : value;
    // Before 8, the SDK sends the empty token that it was given.
    if (typeof text === 'string' && text.trim() !== 'Bearer') {
      merged.set(name.toLowerCase(), text);
    }
  }
  const common = transport.headers;
  for (let at = 0; at < common.length; at += 2) {
    merged.set(common[at] ?? '', common[at + 1] ?? '');
  }
  if (responseType === 'sse') {
    merged.set('accept', 'text/event-stream');
  }
  if (key !== undefined) {
    merged.set(transport.keyHeader, transport.credential(key));
  }
  return [...merged].flat();
}
