import { Readable } from 'node:stream';
import type { CohereSettings } from '../../config/resolved-configuration.interface.js';
import type { Secret } from '../../config/api-key/secret.js';
import { DiagnosedError, RateLimitError } from '../../diagnosis/errors.js';
import { operationAt } from '../../diagnosis/operation.interface.js';
import { redactResponse } from '../../diagnosis/redact/redact.js';
import type { ReceivedResponse } from '../../diagnosis/request-context.js';
import type { ApiKeyHolder } from '../api-key-holder.js';
import { FailedResponse, readJson, UnusableResponse } from '../attempt-failure.js';
import { callCohere, type CohereCall } from '../call-cohere.js';
import type { CohereTransport } from '../cohere-transport.js';
import { toText } from '../content-encoding.js';
import { type AnswerHead, isFailure, MAX_ERROR_BYTES, type WireRequest } from '../exchange.js';

export interface ClientConnection {
  readonly transport: CohereTransport;
  readonly keys: ApiKeyHolder;
  readonly settings: Pick<CohereSettings, 'timeoutMs' | 'maxRetries'>;
  /** The paths of the deployment, by Cohere's, where they differ. */
  readonly paths: ReadonlyMap<string, string>;
}

/** A request of the injected client to the module's own origin, without the key. */
export interface ClientRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream is an upload, which can be sent only once. */
  readonly body: string | Buffer | Readable | null;
  /** Default: no deadline. */
  readonly timeoutMs?: number;
  readonly maxRetries: number;
  readonly signal?: AbortSignal | undefined;
}

interface ClientAnswer<T> extends AnswerHead {
  readonly body: T;
}

/** Sends one attempt and reads its answer. @throws FailedResponse, UnusableResponse, what undici throws */
type Reader<T> = (
  transport: CohereTransport,
  request: WireRequest,
  call: CohereCall,
) => Promise<ClientAnswer<T>>;

/** The final response: one that is usable, or any other, without secrets. */
type Outcome<T> =
  | { readonly answer: ClientAnswer<T>; readonly failure?: undefined }
  | { readonly answer?: undefined; readonly failure: ReceivedResponse };

/**
 * Sends a request of the injected client with the pool, key, retries and rate limiter of the module.
 *
 * @throws TimeoutError; the reason of the signal; what undici throws
 */
export async function callForClient<T>(
  { transport, keys, paths }: ClientConnection,
  request: ClientRequest,
  read: Reader<T>,
): Promise<Outcome<T>> {
  const { url, method, body } = request;
  const { origin, basePath } = transport;
  const ofCohere = url.pathname.slice(basePath.length);
  const path = paths.get(ofCohere) ?? ofCohere;
  let lastFailure: unknown;
  let secrets: readonly string[] = [];
  return callCohere({ ...request, transport }, async (call) => {
    try {
      const { value } = await call.request({
        keys,
        operation: operationAt(method, path),
        counts: true,
        repeatable: !(body instanceof Readable),
        attempt: async (key, _scope, received) => {
          const headers = headersWith(key, request, transport);
          const wire = { origin, path: basePath + path + url.search, method, headers, body };
          try {
            const answer = await read(transport, wire, call);
            received(answer.headers);
            return answer;
          } catch (failure) {
            lastFailure = failure;
            secrets = call.secretsWith(key);
            throw failure;
          }
        },
      });
      return { answer: value };
    } catch (error) {
      const cause = call.scope.aborted ? error : (lastFailure ?? error);
      const failure = responseOf(cause);
      if (failure === undefined) {
        throw cause;
      }
      // An upstream may echo the key, and the SDK puts body and headers into its errors.
      return { failure: redactResponse(failure, secrets) };
    }
  });
}

/** The limit of a body; embeddings of many texts are large. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Reads the whole answer within the deadline. The SDK requests nothing but JSON and streams. */
export const readWhole: Reader<unknown> = async (transport, request, { scope }) => {
  const answer = await transport.exchange(request, scope, MAX_ANSWER_BYTES);
  const { status, headers, bytes } = answer;
  const isEmpty = bytes.length === 0 && !isFailure(answer);
  const body = isEmpty ? undefined : readJson({ status, headers, body: toText(bytes) });
  return { status, headers, body };
};

/** Returns the answer as a stream; the deadline ends at the headers. */
export const openStream: Reader<Readable> = async (transport, request, call) => {
  const { status, headers, body } = await transport.stream(request, call.scope);
  if (isFailure({ status, headers })) {
    throw new FailedResponse({ status, headers, body: await readStart(body) });
  }
  call.startStreaming();
  body.once('close', () => call.scope.close());
  return { status, headers, body };
};

/** Reads the start of an error body, for its message. */
async function readStart(body: Readable): Promise<string> {
  let start = Buffer.alloc(0);
  for await (const chunk of body) {
    start = Buffer.concat([start, chunk]);
    if (start.length >= MAX_ERROR_BYTES) {
      break;
    }
  }
  return toText(start.subarray(0, MAX_ERROR_BYTES));
}

/** Returns the headers in undici's flat form, with the key and the module's headers, which override the request's. */
function headersWith(
  key: Secret | undefined,
  { headers }: ClientRequest,
  transport: CohereTransport,
): string[] {
  // Before 8.0.1, the SDK sends its empty token.
  const sent = Object.entries(headers).filter(([, value]) => value.trim() !== 'Bearer');
  const merged = new Map(sent);
  const common = transport.headers;
  for (let at = 0; at < common.length; at += 2) {
    const name = common[at] ?? '';
    if (name !== 'accept' || !merged.has(name)) {
      merged.set(name, common[at + 1] ?? '');
    }
  }
  if (key !== undefined) {
    merged.set(transport.keyHeader, transport.credential(key));
  }
  return [...merged].flat();
}

/** Returns the response to a failed request; for one that was not sent, the response that it would have had. */
function responseOf(failure: unknown): ReceivedResponse | undefined {
  if (failure instanceof FailedResponse || failure instanceof UnusableResponse) {
    return failure.response;
  }
  if (failure instanceof RateLimitError) {
    const { message, retryAfterMs } = failure;
    const headers =
      retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) };
    return { status: 429, headers, body: JSON.stringify({ message }) };
  }
  if (failure instanceof DiagnosedError && failure.diagnosis.upstream?.status !== undefined) {
    // A key with a confirmed refusal.
    const { status, message } = failure.diagnosis.upstream;
    return { status, headers: {}, body: JSON.stringify({ message }) };
  }
  return undefined;
}

export function toHeaders(received: ReceivedResponse['headers']): Headers {
  const headers = new Headers();
  for (const [name, value = []] of Object.entries(received)) {
    for (const item of [value].flat()) {
      headers.append(name, item);
    }
  }
  return headers;
}
