import { DiagnosedError } from '../diagnosis/errors.js';
import { errorChain, readNumber, readProperty } from '../diagnosis/read-safely.js';
import { isCohereSdkError } from '../diagnosis/sdk-error.js';
import { parseRetryAfter } from '../transport/retry.js';

/**
 * Matches what the filter catches, for `@Catch()`, which uses `instanceof`: errors of this library, errors of
 * `cohere-ai`, recognised by their shape so that the SDK need not be loaded, and errors that wrap one of
 * these as their `cause`.
 */
export abstract class CohereFailure {
  static [Symbol.hasInstance](value: unknown): boolean {
    return isCohereFailure(value);
  }
}

export function isCohereFailure(value: unknown): boolean {
  if (isThrownByCohere(value)) {
    return true;
  }
  return value instanceof Error && !hasOwnAnswer(value) && errorChain(value).some(isThrownByCohere);
}

function isThrownByCohere(value: unknown): boolean {
  return value instanceof DiagnosedError || isCohereSdkError(value);
}

/**
 * Returns true if the app has chosen the answer itself: HttpException, RpcException, WsException,
 * GraphQLError, or an error of `http-errors`, whatever its cause.
 */
function hasOwnAnswer(error: Error): boolean {
  return (
    ['getStatus', 'getError'].some((name) => typeof readProperty(error, name) === 'function') ||
    ['status', 'statusCode'].some((name) => typeof readProperty(error, name) === 'number') ||
    typeof readProperty(error, 'extensions') === 'object'
  );
}

/** Reads the retry delay of the server, in milliseconds, from our own errors and those of `cohere-ai`. */
export function readRetryAfter(error: unknown, now = Date.now()): number | undefined {
  for (const link of errorChain(error)) {
    const milliseconds = readNumber(link, 'retryAfterMs') ?? retryAfterOfSdk(link, now);
    if (milliseconds !== undefined && Number.isSafeInteger(Math.ceil(milliseconds))) {
      return Math.max(0, Math.ceil(milliseconds));
    }
  }
  return undefined;
}

function retryAfterOfSdk(error: unknown, now: number): number | undefined {
  if (!isCohereSdkError(error)) {
    return undefined;
  }
  const headers = readProperty(readProperty(error, 'rawResponse'), 'headers');
  const get = readProperty(headers, 'get');
  try {
    const value: unknown = typeof get === 'function' ? get.call(headers, 'retry-after') : undefined;
    return typeof value === 'string' ? parseRetryAfter(value, now) : undefined;
  } catch {
    return undefined;
  }
}
