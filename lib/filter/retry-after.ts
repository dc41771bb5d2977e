import { isCohereSdkError } from '../diagnosis/sdk-error.js';
import { errorChain, readNumber, readProperty } from '../diagnosis/read-safely.js';
import { parseRetryAfter } from '../transport/retry.js';

/** How long Cohere asked to wait, in milliseconds: of our own errors, and of those of `cohere-ai`. */
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
