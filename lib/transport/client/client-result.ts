import type { CohereClientV2 } from 'cohere-ai';
import { STATUS_CODES } from 'node:http';
import { DiagnosedError, RateLimitError } from '../../diagnosis/errors.js';
import { redactResponse } from '../../diagnosis/redact/redact.js';
import type { ReceivedResponse } from '../../diagnosis/request-context.js';
import { FailedResponse, UnusableResponse } from '../attempt-failure.js';
import type { CallScope } from '../call-scope.js';

/** The SDK's option that replaces its whole transport. It does not export the type. */
export type SdkFetcher = NonNullable<ConstructorParameters<typeof CohereClientV2>[0]['fetcher']>;
export type SdkRequest = Parameters<SdkFetcher>[0];

type FailedResult = Extract<Awaited<ReturnType<SdkFetcher>>, { ok: false }>;
type RawResponse = FailedResult['rawResponse'];

/** Converts a failure to the SDK's format, from which the SDK creates its own errors. */
export function failedResult(
  { url, abortSignal }: SdkRequest,
  scope: CallScope,
  failure: unknown,
): FailedResult {
  const nothingReceived = rawResponse(url, { status: 0, headers: {}, body: '' });
  if (scope.timedOut) {
    return { ok: false, error: { reason: 'timeout' }, rawResponse: nothingReceived };
  }
  if (abortSignal?.aborted === true) {
    return {
      ok: false,
      error: {
        reason: 'unknown',
        errorMessage: 'The user aborted a request',
        cause: abortSignal.reason,
      },
      rawResponse: { ...nothingReceived, status: 499, statusText: 'Client Closed Request' },
    };
  }
  if (failure instanceof FailedResponse) {
    const { response } = failure;
    return {
      ok: false,
      error: {
        reason: 'status-code',
        statusCode: response.status,
        body: jsonOrText(response.body),
      },
      rawResponse: rawResponse(url, response),
    };
  }
  if (failure instanceof RateLimitError) {
    const { message, retryAfterMs } = failure;
    const headers = retryAfterMs === undefined ? {} : retryAfter(retryAfterMs);
    return {
      ok: false,
      error: { reason: 'status-code', statusCode: 429, body: { message } },
      rawResponse: rawResponse(url, { status: 429, headers, body: '' }),
    };
  }
  if (failure instanceof UnusableResponse && failure.response !== undefined) {
    const { response } = failure;
    return {
      ok: false,
      error: { reason: 'non-json', statusCode: response.status, rawBody: response.body },
      rawResponse: rawResponse(url, response),
    };
  }
  if (failure instanceof DiagnosedError && failure.diagnosis.upstream?.status !== undefined) {
    // A key with a confirmed refusal, which was not sent.
    const { status, message } = failure.diagnosis.upstream;
    return {
      ok: false,
      error: { reason: 'status-code', statusCode: status, body: { message } },
      rawResponse: rawResponse(url, { status, headers: {}, body: '' }),
    };
  }
  const errorMessage = failure instanceof DiagnosedError ? failure.message : 'fetch failed';
  return {
    ok: false,
    error: { reason: 'unknown', errorMessage, cause: failure },
    rawResponse: nothingReceived,
  };
}

/** Redacts body and headers of a failure: an upstream may echo the key, and the SDK puts both into its errors. */
export function withoutKey(failure: unknown, secrets: readonly string[]): unknown {
  if (failure instanceof FailedResponse) {
    return new FailedResponse(redactResponse(failure.response, secrets));
  }
  if (failure instanceof UnusableResponse && failure.response !== undefined) {
    return new UnusableResponse(failure.message, redactResponse(failure.response, secrets));
  }
  return failure;
}

export function rawResponse(url: string, { status, headers }: ReceivedResponse): RawResponse {
  const received = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    for (const item of typeof value === 'string' ? [value] : (value ?? [])) {
      received.append(name, item);
    }
  }
  return {
    headers: received,
    redirected: false,
    status,
    statusText: STATUS_CODES[status] ?? '',
    type: status === 0 ? 'error' : 'basic',
    url,
  };
}

function retryAfter(milliseconds: number) {
  return { 'retry-after': String(Math.ceil(milliseconds / 1_000)) };
}

function jsonOrText(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
