import type { ErrorAnswer } from '../error-response.js';

/** GraphQL servers take `message` and `extensions` of a returned error; no graphql package is needed. */
export class GraphqlCohereError extends Error {
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor({ message, statusCode, error: _error, ...rest }: ErrorAnswer) {
    super(message);
    this.extensions = { code: 'INTERNAL_SERVER_ERROR', ...rest, status: statusCode };
    // Apollo sends the frames, and with them the server's paths, in development.
    this.stack = `${this.name}: ${message}`;
  }
}
