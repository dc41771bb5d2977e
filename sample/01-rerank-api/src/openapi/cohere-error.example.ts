import { STATUS_CODES } from 'node:http';
import { diagnose, type CohereErrorResponse } from 'nestjs-cohere';

/** What `cohere-ai` would throw; the exception filter answers it as it answers the library's own errors. */
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
export function cohereErrorExample(status: number, message: string): CohereErrorResponse {
  return bodyFor(new CohereError(status, message));
}

/** The body of this app's answer when Cohere does not answer within the default time limit. */
export function timeoutExample(): CohereErrorResponse {
  return {
    ...bodyFor(new CohereTimeoutError('')),
    message: 'Cohere did not answer within 10000 ms.',
  };
}

function bodyFor(error: Error): CohereErrorResponse {
  const diagnosis = diagnose(error);
  if (diagnosis === undefined) {
    throw new Error(`There is no diagnosis for ${String(error)}`);
  }
  const { httpStatus, title, code, fix, docs } = diagnosis;
  return {
    statusCode: httpStatus,
    error: STATUS_CODES[httpStatus] ?? '',
    message: title,
    code,
    fix,
    docs,
  };
}
