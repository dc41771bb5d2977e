import { toHttpException, type CohereHttpException } from 'nestjs-cohere';

/** An error in the shape of `cohere-ai`'s, which the exception filter answers like the library's own. */
class CohereError extends Error {
  readonly body: { readonly message: string };
  readonly rawResponse = undefined;

  constructor(
    readonly statusCode: number,
    message: string,
  ) {
    super(message);
    this.body = { message };
  }
}

class CohereTimeoutError extends Error {}

/** Returns the body of this app's answer to that error. */
export function cohereErrorExample(status: number, message: string): CohereHttpException['body'] {
  return bodyFor(new CohereError(status, message));
}

/** Returns the body of this app's answer after the default deadline. */
export function timeoutExample(): CohereHttpException['body'] {
  return {
    ...bodyFor(new CohereTimeoutError('')),
    message: 'Cohere did not respond within 10000 ms.',
  };
}

function bodyFor(error: Error): CohereHttpException['body'] {
  const exception = toHttpException(error);
  if (exception === undefined) {
    throw new Error(`The exception filter does not answer ${String(error)}`);
  }
  return exception.body;
}
