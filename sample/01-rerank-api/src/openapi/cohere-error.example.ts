import { toHttpException, type CohereHttpException } from 'nestjs-cohere';

/** An error in the shape of those of `cohere-ai`, which the exception filter answers like the library's own. */
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

/** The body of this app's answer when Cohere answers so. */
export function cohereErrorExample(status: number, message: string): CohereHttpException['body'] {
  return bodyFor(new CohereError(status, message));
}

/** The body of this app's answer when Cohere does not answer within the default time limit. */
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
