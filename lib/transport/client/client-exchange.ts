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
  /** The body in the form that the SDK requested. */
  readonly body: unknown;
  /** The response without its body. */
  readonly response: ReceivedResponse;
}

/** A request of the SDK, and its resolved address. */
export interface ClientRequest {
  readonly request: SdkRequest;
  readonly url: URL;
}

/** Sends one attempt of the injected client. @throws FailedResponse, UnusableResponse, what undici throws */
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
    // The key is never sent to another host, whatever URL the SDK requests.
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

/** The limit of a body; embeddings of many texts are large. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Reads the whole answer, with a limit, like rerank. */
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

/** Returns a stream; the deadline ends at the headers. */
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

/** Reads the start of an error body, for its message. */
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

/** Returns false for an upload, a stream that can be sent only once. */
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

/** Resolves the address of the SDK's request, with its query; rerank uses the path of the base URL. */
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

/** Replaces Cohere's rerank path by the configured one. */
export function rerankUrl(url: URL, basePath: string, rerankPath: string): URL {
  return url.pathname === basePath + RERANK_PATH
    ? new URL(`${basePath}${rerankPath}${url.search}`, url)
    : url;
}

/**
 * Returns the SDK's headers in undici's flat form; the module's options override them. The transport adds the key,
 * because the SDK has none.
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
    // The SDK calls this a supplier.
    // oxlint-disable-next-line no-await-in-loop
    const text: unknown =
      typeof value === 'function' ? await value({ endpointMetadata: {} }) : value;
    // Before 8, the SDK sends its empty token.
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
