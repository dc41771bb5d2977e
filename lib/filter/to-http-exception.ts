import { HttpException } from '@nestjs/common';
import { httpHeaders } from './answers/http.js';
import { answerFor, type CohereFilterOptions, type ErrorAnswer } from './error-response.js';
import { isCohereFailure } from './cohere-failure.js';

/**
 * A Nest `HttpException` with the headers that go with its status.
 *
 * @publicApi
 */
export class CohereHttpException extends HttpException {
  /**
   * `Cache-Control: no-store`, `WWW-Authenticate` of a 401, and `Retry-After` of a 429 or 503 if Cohere sent
   * one.
   */
  readonly headers: Readonly<Record<string, string>>;
  /** The same as `getResponse()`, with its type. */
  readonly body: ErrorAnswer;

  /** @internal */
  constructor(answer: ErrorAnswer) {
    super(answer, answer.statusCode);
    this.headers = httpHeaders(answer);
    this.body = answer;
  }
}

/**
 * Returns what `CohereExceptionFilter` would answer, for apps with a catch-all filter of their own.
 *
 * @param error anything that was thrown
 * @param options as the module's `filter: { … }`; an invalid result of `statusFor` is ignored
 * @returns undefined for an error that is not about Cohere, and for an HttpException of the app's own
 *
 * @example
 * ```ts
 * catch(exception: unknown, host: ArgumentsHost) {
 *   const error = toHttpException(exception) ?? exception;
 *   const status = error instanceof HttpException ? error.getStatus() : 500;
 * ```
 * @publicApi
 */
export function toHttpException(
  error: unknown,
  options: CohereFilterOptions = {},
): CohereHttpException | undefined {
  return isCohereFailure(error)
    ? new CohereHttpException(answerFor(error, options, () => undefined))
    : undefined;
}
