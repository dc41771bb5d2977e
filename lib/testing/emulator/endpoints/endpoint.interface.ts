import type { Credential } from '../keys.js';
import type { EmulatedOperation, RateLimits } from '../limits.js';
import type { ScoreFunction } from '../ranking.js';
import type { RequestBody } from '../wire.js';
import type { ModelCatalogue } from '../model-catalogue.js';

/**
 * The response of `/v1/check-api-key` to an invalid key: 401, or 200 with `{ "valid": false }`.
 *
 * @publicApi
 */
export type InvalidKeyAnswer = 'unauthorized' | 'valid-false';

/** The account that an endpoint serves. */
export interface EmulatedAccount {
  readonly models: Pick<ModelCatalogue, 'all' | 'find' | 'findFor'>;
  readonly limits: RateLimits;
  readonly score: ScoreFunction | undefined;
  readonly invalidKeyAnswer: InvalidKeyAnswer;
  /** True if `/v2/rerank` accepts the fields of 2024. */
  readonly acceptLegacyFields: boolean;
}

/** A request with its endpoint. */
export interface EndpointCall {
  readonly credential: Credential;
  readonly body: RequestBody;
  readonly contentType: string | undefined;
  /** The query string, without `?`. */
  readonly query: string;
  /** The part of the path that the endpoint's expression captures; empty without one. */
  readonly parameter: string;
}

/** One row of the table in `endpoints.ts`. */
export interface Endpoint {
  readonly method: 'GET' | 'POST';
  readonly path: string | RegExp;
  /** Checks the key and counts the call. Absent if the endpoint checks the key itself. */
  readonly operation?: EmulatedOperation;
  /** Headers of every response to an admitted call, refusals included. */
  readonly headers?: (call: EndpointCall) => Readonly<Record<string, string>>;
  /**
   * Returns the body of the 200.
   *
   * @throws Refusal
   */
  readonly answer: (call: EndpointCall, account: EmulatedAccount) => object;
}
