import type { CohereClientV2 } from 'cohere-ai';
import { STATUS_CODES } from 'node:http';
import { Readable } from 'node:stream';
import { DiagnosedError, TimeoutError } from '../../diagnosis/errors.js';
import { toJson } from '../cohere-transport.js';
import type { AnswerHead } from '../exchange.js';
import {
  callForClient,
  type ClientConnection,
  type ClientRequest,
  openStream,
  readWhole,
  toHeaders,
} from './client-call.js';

/** The SDK's option that replaces its whole transport. It does not export the type. */
type SdkFetcher = NonNullable<ConstructorParameters<typeof CohereClientV2>[0]['fetcher']>;
type SdkRequest = Parameters<SdkFetcher>[0];
type FailedResult = Extract<Awaited<ReturnType<SdkFetcher>>, { ok: false }>;

/**
 * Implements the transport of the SDK's methods. Its option `fetch` would do but for a request's own `maxRetries` and
 * `timeoutInSeconds`, which only `fetcher` receives; and with `fetch`, the SDK adds a listener to the caller's signal
 * for each call, and removes none. The deadline covers the whole answer; for a stream, the time to its headers.
 * Returns failures in the SDK's format, so that callers get the SDK's own errors.
 *
 * @param sdkTimeoutMs the timeout of a request that has none of its own
 */
export function createClientFetcher(
  connection: ClientConnection,
  sdkTimeoutMs: number,
): SdkFetcher {
  // The contract is generic in the answer, and only the SDK knows which one it is.
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters
  return async <R>(request: SdkRequest) => {
    const { settings } = connection;
    const { url, timeoutMs = sdkTimeoutMs, maxRetries = settings.maxRetries } = request;
    try {
      const { answer, failure } = await callForClient(
        connection,
        {
          url: urlOf(request),
          method: request.method,
          headers: await headersOf(request),
          body: bodyOf(request),
          timeoutMs: timeoutMs === sdkTimeoutMs ? settings.timeoutMs : timeoutMs,
          maxRetries,
          signal: request.abortSignal,
        },
        isStreaming(request) ? openStream : readWhole,
      );
      if (failure !== undefined) {
        const { status: statusCode } = failure;
        const error = {
          reason: 'status-code',
          statusCode,
          body: jsonOrText(failure.body),
        } as const;
        return { ok: false, error, rawResponse: rawResponse(url, failure) };
      }
      const body = answer.body instanceof Readable ? Readable.toWeb(answer.body) : answer.body;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      return { ok: true, body: body as R, rawResponse: rawResponse(url, answer) };
    } catch (error) {
      return failedResult(request, error);
    }
  };
}

function isStreaming({ responseType }: SdkRequest): boolean {
  return responseType === 'sse' || responseType === 'streaming';
}

function urlOf({ url, queryParameters = {} }: SdkRequest): URL {
  const target = new URL(url);
  for (const [name, value] of Object.entries(queryParameters)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined && item !== null) {
        target.searchParams.append(name, String(item));
      }
    }
  }
  return target;
}

async function headersOf({
  headers = {},
  contentType,
  body,
  responseType,
}: SdkRequest): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  if (contentType !== undefined && body !== undefined) {
    texts['content-type'] = contentType;
  }
  for (const [name, value] of Object.entries(headers)) {
    // The SDK calls this a supplier.
    // oxlint-disable-next-line no-await-in-loop
    const text: unknown =
      typeof value === 'function' ? await value({ endpointMetadata: {} }) : value;
    if (typeof text === 'string') {
      texts[name.toLowerCase()] = text;
    }
  }
  if (responseType === 'sse') {
    texts['accept'] = 'text/event-stream';
  }
  return texts;
}

function bodyOf({ body }: SdkRequest): ClientRequest['body'] {
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

/** Converts what was thrown to the SDK's format, from which the SDK creates its own errors. */
function failedResult({ url, abortSignal }: SdkRequest, cause: unknown): FailedResult {
  const isAborted = abortSignal?.aborted === true;
  const nothingReceived = rawResponse(url, { status: isAborted ? 499 : 0, headers: {} });
  if (cause instanceof TimeoutError) {
    return { ok: false, error: { reason: 'timeout', cause }, rawResponse: nothingReceived };
  }
  const message = cause instanceof DiagnosedError ? cause.message : 'fetch failed';
  const errorMessage = isAborted ? 'The user aborted a request' : message;
  return {
    ok: false,
    error: { reason: 'unknown', errorMessage, cause },
    rawResponse: nothingReceived,
  };
}

function rawResponse(url: string, { status, headers }: AnswerHead): FailedResult['rawResponse'] {
  return {
    headers: toHeaders(headers),
    redirected: false,
    status,
    statusText: STATUS_CODES[status] ?? '',
    type: 'basic',
    url,
  };
}

function jsonOrText(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
