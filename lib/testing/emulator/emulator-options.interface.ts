import type { InvalidKeyAnswer } from './endpoints/endpoint.interface.js';
import type { RecordedRequest } from './journal/recorded-request.js';
import type { KeyList } from './keys/key-registry.js';
import type { ScoreFunction } from './ranking/rank-documents.js';

/**
 * Options of `CohereEmulator.start`.
 *
 * @publicApi
 */
export interface EmulatorOptions {
  /** The port to listen on, 0 to 65535. Default 0: any free port. */
  readonly port?: number | undefined;
  /** The address to listen on. Default 127.0.0.1, which other machines cannot reach. */
  readonly host?: string | undefined;
  /** Keys in addition to the ready-made ones: each with its state, or a list of keys that are all `active`. */
  readonly keys?: KeyList | undefined;
  /** Minimum delay of every response, in milliseconds. Default 0. */
  readonly latencyMs?: number | undefined;
  /** Scores the documents, 0 to 1, instead of BM25. */
  readonly score?: ScoreFunction | undefined;
  /** The current time in milliseconds, for rate limits and recorded requests. Default `Date.now`. */
  readonly clock?: (() => number) | undefined;
  /** Ids of additional rerank models, such as those of a private deployment. */
  readonly models?: readonly string[] | undefined;
  /**
   * How `/v1/check-api-key` answers for an invalid key: with status 401 (default), or with status 200 and
   * `{ "valid": false }`. Cohere's reference allows both.
   */
  readonly invalidKeyAnswer?: InvalidKeyAnswer | undefined;
  /**
   * Whether `/v2/rerank` accepts `return_documents` and returns the documents, as it did until November 2024.
   * Clients of that time send it, such as `cohere-ai` 7.14 to 7.17. Default false: 422, as documented.
   */
  readonly acceptLegacyFields?: boolean | undefined;
  /** Called with each request once it has been answered or its connection has closed. */
  readonly onRequest?: ((request: RecordedRequest) => void) | undefined;
}
