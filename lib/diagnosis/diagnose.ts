import { diagnoseNetworkCode } from './classify-network-failure.js';
import type { Diagnosis } from './diagnosis.interface.js';
import { errorChain, isError, readProperty, readString } from './read-safely.js';
import { DiagnosedError } from './errors.js';
import {
  diagnoseHeaderError,
  diagnoseSdkError,
  diagnoseSerializationError,
  isCohereSdkError,
} from './sdk-error.js';

/**
 * Diagnoses an error thrown around a Cohere call: an error of this library, one of `cohere-ai`, an
 * error that has one of these as its `cause`, or a raw network failure. Returns `undefined` for anything
 * else, and for a call that its caller aborted. Never throws, and never shows a secret of the error.
 *
 * @example
 * ```ts
 * try {
 *   await cohere.rerank(request);
 * } catch (error) {
 *   logger.error(diagnose(error)?.fix.join(' ') ?? 'not about Cohere');
 * }
 * ```
 * @publicApi
 */
export function diagnose(error: unknown): Diagnosis | undefined {
  try {
    return diagnoseOwnError(error) ?? diagnoseForeignError(error);
  } catch {
    return undefined;
  }
}

/** Searches the causes too: the SDK wraps errors of our transport, and apps wrap ours. */
function diagnoseOwnError(error: unknown): Diagnosis | undefined {
  for (const link of errorChain(error)) {
    if (link instanceof DiagnosedError && isDiagnosis(readProperty(link, 'diagnosis'))) {
      return link.diagnosis;
    }
  }
  return undefined;
}

function diagnoseForeignError(error: unknown): Diagnosis | undefined {
  const sdkError = errorChain(error).find(isCohereSdkError);
  if (sdkError !== undefined) {
    return diagnoseSdkError(sdkError);
  }
  if (!isError(error) || isOtherClient(error)) {
    return undefined;
  }
  return (
    diagnoseHeaderError(error) ??
    diagnoseSerializationError(error) ??
    diagnoseNetworkCode(error, undefined)
  );
}

/** Recognizes an error of another HTTP client, which is not about a Cohere call. */
function isOtherClient(error: unknown): boolean {
  return readProperty(error, 'isAxiosError') === true || readString(error, 'name') === 'AbortError';
}

function isDiagnosis(value: unknown): value is Diagnosis {
  return readString(value, 'code') !== undefined && Array.isArray(readProperty(value, 'fix'));
}
