import { diagnoseNetworkCode } from './classify-network-failure.js';
import { classifyResponse } from './classify-response.js';
import { createDiagnosis } from './create-diagnosis.js';
import type { Diagnosis } from './diagnosis.interface.js';
import { isHostOfCohere } from './library.js';
import { errorChain, isError, readNumber, readProperty, readString } from './read-safely.js';
import { redact } from './redact/redact.js';
import { operationAt } from './operation.interface.js';
import { describeTarget, type ReceivedResponse, type RequestContext } from './request-context.js';

/**
 * Recognises an error of `cohere-ai`: CohereError, one of its subclasses, or CohereTimeoutError.
 * Checks the shape, because the SDK is not loaded for this and a tree can contain two copies of it. The errors of
 * other HTTP clients and generated SDKs do not match. Never throws.
 */
export function isCohereSdkError(value: unknown): value is Error {
  try {
    if (!isError(value)) {
      return false;
    }
    const names = classNames(value);
    return (
      names.includes('CohereTimeoutError') ||
      (hasResponseFields(value) && (names.includes('CohereError') || comesFromCohere(value)))
    );
  } catch {
    return false;
  }
}

/** Checks for own properties `statusCode`, `body` and `rawResponse`, which exist even when undefined. */
function hasResponseFields(error: Error): boolean {
  return ['statusCode', 'body', 'rawResponse'].every((name) => Object.hasOwn(error, name));
}

/** Recognizes a minified SDK error, without its class name, by the address of the response. */
function comesFromCohere(value: unknown): boolean {
  const url = readString(readProperty(value, 'rawResponse'), 'url') ?? '';
  return URL.canParse(url) && isHostOfCohere(new URL(url).hostname);
}

export function classNames(value: unknown): readonly string[] {
  const names: string[] = [];
  let link: unknown = value;
  for (let depth = 0; depth < 20 && typeof link === 'object' && link !== null; depth += 1) {
    link = Object.getPrototypeOf(link);
    const constructor: unknown =
      typeof link === 'object' && link !== null
        ? Object.getOwnPropertyDescriptor(link, 'constructor')?.value
        : undefined;
    const name = readString(constructor, 'name');
    if (name !== undefined) {
      names.push(name);
    }
  }
  return names;
}

/** The status of the SDK's placeholder response to an aborted request. */
const ABORTED_STATUS = 499;

/**
 * Diagnoses an error of `cohere-ai`; `undefined` for a request that its caller aborted.
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
      about: context,
    });
  }
  if (isAborted(error, rawResponse)) {
    return undefined;
  }
  return (
    diagnoseMessage(readString(error, 'message') ?? '') ??
    errorChain(error)
      .map(diagnoseHeaderError)
      .find((found) => found !== undefined) ??
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
        'Let CohereModule build the client: client: true, then @InjectCohere(). It passes COHERE_API_KEY to it.',
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

/** Diagnoses a response that the SDK could not parse, and whose status it does not report. */
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
      ? `${describeTarget(context)}: the response is marked as JSON, but is not JSON.`
      : `${describeTarget(context)}: cohere-ai failed without an HTTP response.`,
    about: context,
  });
}

/** Recognizes a timeout: with Node's fetch the SDK aborts with the string "timeout" instead of a CohereTimeoutError. */
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
  return origin === 'null'
    ? undefined
    : { baseUrl: origin, operation: operationAt('POST', pathname), keyIsUnknown: true };
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

/** Returns the raw body of `{ ok: false, error: { reason: 'non-json', rawBody } }`. */
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

/**
 * Diagnoses `JsonError` and `ParseError`, the SDK's validation errors, which are not CohereErrors. Their messages quote
 * values, so only the paths are shown.
 */
export function diagnoseSerializationError(error: unknown): Diagnosis | undefined {
  const names = classNames(error);
  const paths = readPaths(readProperty(error, 'errors'));
  if (paths === undefined) {
    return undefined;
  }
  if (names.includes('JsonError')) {
    return createDiagnosis('COHERE_REQUEST_INVALID', {
      detail: `cohere-ai refused the request before sending it; wrong or missing: ${paths}.`,
    });
  }
  if (names.includes('ParseError')) {
    return createDiagnosis('COHERE_RESPONSE_INVALID', {
      detail: `cohere-ai could not read the response; wrong or missing: ${paths}.`,
    });
  }
  return undefined;
}

const PATH = /^[A-Za-z_[][\w.[\]]{0,40}$/;

function readPaths(errors: unknown): string | undefined {
  if (!Array.isArray(errors)) {
    return undefined;
  }
  const paths = errors.slice(0, 5).map((error: unknown) => {
    const path = readProperty(error, 'path');
    const missing = /^Missing required key "(\w{1,40})"/.exec(readString(error, 'message') ?? '');
    const parts: readonly unknown[] = Array.isArray(path) ? [...path, missing?.[1]] : [];
    return redact(parts.filter((part) => typeof part === 'string' && PATH.test(part)).join('.'));
  });
  return paths.filter((path) => path !== '').join(', ') || 'all of it';
}

/**
 * Diagnoses the error of `fetch` for a key that no header may contain. One of its two messages quotes the key, so none is
 * shown.
 */
export function diagnoseHeaderError(error: unknown): Diagnosis | undefined {
  const message = readString(error, 'message') ?? '';
  if (/\bHeaders\.(?:set|append): "Bearer /.test(message)) {
    return malformed('a line break or another control character');
  }
  if (/Cannot convert argument to a ByteString/.test(message)) {
    const codePoint = /has a value of (\d{3,7}) which/.exec(message)?.[1];
    return malformed(
      codePoint === undefined
        ? 'a character outside Latin-1'
        : `the character U+${Number(codePoint).toString(16).toUpperCase().padStart(4, '0')}`,
    );
  }
  return undefined;
}

function malformed(character: string): Diagnosis {
  return createDiagnosis('COHERE_API_KEY_MALFORMED', {
    title: 'The API key contains a character that is not allowed in an HTTP header.',
    detail: `The Authorization header would contain ${character}, so no request was sent.`,
  });
}
