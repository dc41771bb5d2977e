import type { CohereErrorResponse } from './error-response.js';

/** GraphQL servers take `message` and `extensions` of a returned error; no graphql package is needed. */
export class GraphqlDiagnosedError extends Error {
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor({
    message,
    statusCode,
    ...rest
  }: Pick<CohereErrorResponse, 'message' | 'statusCode'> & Partial<CohereErrorResponse>) {
    super(message);
    this.extensions = { code: 'INTERNAL_SERVER_ERROR', ...rest, status: statusCode };
  }
}
