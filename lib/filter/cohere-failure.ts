import { isCohereSdkError } from '../diagnosis/sdk-error.js';
import { DiagnosedError } from '../diagnosis/errors.js';
import { errorChain, readProperty } from '../diagnosis/read-safely.js';

/**
 * What the filter catches, for `@Catch()`, which asks `instanceof`: errors of this library, errors of
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
 * Whether the app has decided what its client is told: HttpException, RpcException, WsException,
 * GraphQLError, or an error of `http-errors`, whatever its cause.
 */
function hasOwnAnswer(error: Error): boolean {
  return (
    ['getStatus', 'getError'].some((name) => typeof readProperty(error, name) === 'function') ||
    ['status', 'statusCode'].some((name) => typeof readProperty(error, name) === 'number') ||
    typeof readProperty(error, 'extensions') === 'object'
  );
}
