import { diagnoseNetworkCode } from './classify-network-failure.js';
import { classifyResponse } from './classify-response.js';
import { classNames } from './cohere-sdk-error.js';
import { createDiagnosis } from './create-diagnosis.js';
import { describeTarget } from './describe-request.js';
import type { Diagnosis } from './diagnosis.interface.js';
import { diagnoseHeaderError } from './diagnose-header-error.js';
import { errorChain, readNumber, readProperty, readString } from './read-safely.js';
import type { ReceivedResponse, RequestContext } from './request-context.interface.js';

/** Stands in the SDK's place-holder response of an aborted request. */
const ABORTED_STATUS = 499;

/**
 * What an error of `cohere-ai` means. `undefined` for a request its caller aborted.
 *
 * @param error one that `isCohereSdkError` recognised
 */
export function diagnoseSdkError(error: unknown): Diagnosis | undefined {
  const rawResponse = readProperty(error, 'rawResponse');
  const context = requestOf(rawResponse);
  const status = readNumber(error, 'statusCode');
  if (status !== undefined) {
    return classifyResponse(receivedResponse(error, status, rawResponse), context);
  }
  if (isTimeout(error)) {
    return createDiagnosis('COHERE_TIMEOUT', {
      detail: `${describeTarget(context)}: the time limit of cohere-ai (timeoutInSeconds) passed.`,
    });
  }
  if (isAborted(error, rawResponse)) {
    return undefined;
  }
  return (
    diagnoseMessage(readString(error, 'message') ?? '') ??
    diagnoseHeaderErrorIn(error) ??
    diagnoseNetworkCode(error, context) ??
    diagnoseUnreadable(error, rawResponse, context)
  );
}

function diagnoseMessage(message: string): Diagnosis | undefined {
  if (/^Please provide '?token'? when initializing the client/.test(message)) {
    return createDiagnosis('COHERE_API_KEY_MISSING', {
      title: 'cohere-ai was called without an API key.',
      detail: 'No token was passed to the client of cohere-ai, and no request was sent.',
      fix: [
        'Let CohereModule build the client: client: true, then @InjectCohere(). It passes COHERE_API_KEY on.',
        'Or pass token: () => process.env.COHERE_API_KEY; cohere-ai itself does not read that variable.',
      ],
    });
  }
  if (message.startsWith('Failed to parse URL from ')) {
    return createDiagnosis('COHERE_CONFIG_INVALID', {
      title: 'The base URL is not a URL.',
      detail: 'cohere-ai could not build the address of the request from it.',
      fix: [
        'Write COHERE_BASE_URL (or the option baseUrl) with its scheme, e.g. https://api.cohere.com.',
      ],
    });
  }
  return undefined;
}

function diagnoseHeaderErrorIn(error: unknown): Diagnosis | undefined {
  for (const link of errorChain(error)) {
    const diagnosis = diagnoseHeaderError(link);
    if (diagnosis !== undefined) {
      return diagnosis;
    }
  }
  return undefined;
}

/** The SDK could not read what came, and does not say with which status it came. */
function diagnoseUnreadable(
  error: unknown,
  rawResponse: unknown,
  context: RequestContext | undefined,
): Diagnosis {
  const status = readNumber(rawResponse, 'status') ?? 0;
  if (status >= 100) {
    return classifyResponse(receivedResponse(error, status, rawResponse), context);
  }
  const isJson = /\bJSON\b|^Unexpected (?:token|end|non-whitespace)/.test(
    readString(error, 'message') ?? '',
  );
  return createDiagnosis(isJson ? 'COHERE_RESPONSE_INVALID' : 'COHERE_UNREACHABLE', {
    detail: isJson
      ? `${describeTarget(context)}: the answer is marked as JSON, but is not JSON.`
      : `${describeTarget(context)}: cohere-ai failed without an HTTP response.`,
  });
}

/** With Node's fetch the SDK aborts with the string "timeout", and never throws its CohereTimeoutError. */
function isTimeout(error: unknown): boolean {
  return (
    classNames(error).includes('CohereTimeoutError') ||
    readProperty(error, 'cause') === 'timeout' ||
    /^"?timeout"?$/.test(readString(error, 'message') ?? '')
  );
}

function isAborted(error: unknown, rawResponse: unknown): boolean {
  return (
    readString(error, 'message') === 'The user aborted a request' ||
    (readNumber(rawResponse, 'status') === ABORTED_STATUS && readString(rawResponse, 'url') === '')
  );
}

function requestOf(rawResponse: unknown): RequestContext | undefined {
  const url = readString(rawResponse, 'url');
  if (url === undefined || !URL.canParse(url)) {
    return undefined;
  }
  const { origin, pathname } = new URL(url);
  return origin === 'null' ? undefined : { baseUrl: origin, path: pathname, keyIsUnknown: true };
}

const READ_HEADERS = ['content-type', 'x-debug-trace-id', 'location'];

function receivedResponse(error: unknown, status: number, rawResponse: unknown): ReceivedResponse {
  const headers = readProperty(rawResponse, 'headers');
  return {
    status,
    headers: Object.fromEntries(READ_HEADERS.map((name) => [name, readHeader(headers, name)])),
    body: bodyText(readProperty(error, 'body')),
  };
}

function readHeader(headers: unknown, name: string): string | undefined {
  const get = readProperty(headers, 'get');
  try {
    const value: unknown = typeof get === 'function' ? get.call(headers, name) : undefined;
    return typeof value === 'string' ? value : readString(headers, name);
  } catch {
    return undefined;
  }
}

/** What cannot be parsed stands in `{ ok: false, error: { reason: 'non-json', rawBody } }`. */
function bodyText(body: unknown): string {
  if (typeof body === 'string') {
    return body;
  }
  const rawBody = readString(readProperty(body, 'error'), 'rawBody');
  if (rawBody !== undefined) {
    return rawBody;
  }
  try {
    return JSON.stringify(body) ?? '';
  } catch {
    return '';
  }
}
