import type { Credential } from '../keys/authenticate.js';
import type { RateLimits } from '../keys/rate-limits.js';
import type { ModelCatalogue } from '../model-catalogue.js';
import type { RequestBody } from '../wire/request-body.js';
import type { ScoreFunction } from '../ranking/rank-documents.js';
import type { EmulatorResponse } from '../wire/response.js';

/**
 * How `/v1/check-api-key` answers for an invalid key: 401, or 200 with `{ "valid": false }`.
 *
 * @publicApi
 */
export type InvalidKeyAnswer = 'unauthorized' | 'valid-false';

/** What an endpoint uses in addition to the request. */
export interface EmulatedAccount {
  readonly models: ModelCatalogue;
  readonly limits: RateLimits;
  readonly score: ScoreFunction | undefined;
  readonly invalidKeyAnswer: InvalidKeyAnswer;
  /** Whether `/v2/rerank` accepts fields that it accepted in 2024. */
  readonly acceptLegacyFields: boolean;
}

/** A request that found its endpoint. */
export interface EndpointCall {
  readonly credential: Credential;
  readonly body: RequestBody;
  readonly contentType: string | undefined;
  /** The query string, without `?`. */
  readonly query: string;
  /** The path parameter, where the route has one. */
  readonly parameter: string;
}

/** Answers, or throws a Refusal. */
export type Endpoint = (call: EndpointCall, account: EmulatedAccount) => EmulatorResponse;
