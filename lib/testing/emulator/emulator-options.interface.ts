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
  /** Default 0: any free port. */
  readonly port?: number | undefined;
  /** The address to listen on. Default 127.0.0.1, which no other machine can reach. */
  readonly host?: string | undefined;
  /** Keys besides the ready-made ones: each with its state, or a list of keys that are all `active`. */
  readonly keys?: KeyList | undefined;
  /** How long every answer waits at least, in milliseconds. Default 0. */
  readonly latencyMs?: number | undefined;
  /** Scores the documents, 0 to 1, in place of BM25. */
  readonly score?: ScoreFunction | undefined;
  /** Tells the time in milliseconds, for trial limits and the journal. Default `Date.now`. */
  readonly clock?: (() => number) | undefined;
  /** Ids of further rerank models, such as those of a private deployment. */
  readonly models?: readonly string[] | undefined;
  /**
   * How `/v1/check-api-key` says no to a key that is not valid: with status 401 (default), or with
   * status 200 and `{ "valid": false }`. Cohere's reference allows for both.
   */
  readonly invalidKeyAnswer?: InvalidKeyAnswer | undefined;
  /**
   * Whether `/v2/rerank` takes `return_documents` and gives the documents back, as it did until November
   * 2024. Clients of that time send it (`cohere-ai` 7.14 to 7.17 among them). Default false: 422, as documented.
   */
  readonly acceptLegacyFields?: boolean | undefined;
  /** Called with each request once it has been answered, or its connection is gone. */
  readonly onRequest?: ((request: RecordedRequest) => void) | undefined;
}
