import type { ErrorAnswer } from '../error-response.js';

/** Returns an error whose `message` and `extensions` GraphQL servers send; needs no graphql package. */
export class GraphqlCohereError extends Error {
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor({ message, statusCode, error: _error, ...rest }: ErrorAnswer) {
    super(message);
    this.extensions = { code: 'INTERNAL_SERVER_ERROR', ...rest, status: statusCode };
    // In development, Apollo sends the stack, which contains paths of the server.
    this.stack = `${this.name}: ${message}`;
  }
}
