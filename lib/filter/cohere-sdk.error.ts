import { isCohereSdkError } from '../diagnosis/sdk-error.js';

/**
 * Stands for the errors of `cohere-ai` in `@Catch()`, which asks `instanceof`: they are recognised by
 * their shape, so that the SDK need not be loaded to catch them.
 *
 * @publicApi
 */
export abstract class CohereSdkError {
  static [Symbol.hasInstance](value: unknown): boolean {
    return isCohereSdkError(value);
  }
}
