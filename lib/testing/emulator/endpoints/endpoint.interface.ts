import type { Credential } from '../keys/authenticate.js';
import type { RateLimits } from '../keys/rate-limits.js';
import type { ModelCatalogue } from '../model-catalogue.js';
import type { ScoreFunction } from '../ranking/rank-documents.js';
import type { RequestBody } from '../wire/request-body.js';
import type { EmulatorResponse } from '../wire/response.js';

/** How `/v1/check-api-key` says no. */
export type InvalidKeyAnswer = 'unauthorized' | 'valid-false';

/** What an endpoint may look at besides the request. */
export interface EmulatedAccount {
  readonly models: ModelCatalogue;
  readonly limits: RateLimits;
  readonly score: ScoreFunction | undefined;
  readonly invalidKeyAnswer: InvalidKeyAnswer;
  /** Whether `/v2/rerank` takes fields that it took in 2024. */
  readonly acceptLegacyFields: boolean;
}

/** A request that found its endpoint. */
export interface EndpointCall {
  readonly credential: Credential;
  readonly body: RequestBody;
  readonly contentType: string | undefined;
  /** The query string, without `?`. */
  readonly query: string;
  /** What stands in the path where the route has a parameter. */
  readonly parameter: string;
}

/** Answers, or throws a Refusal. */
export type Endpoint = (call: EndpointCall, account: EmulatedAccount) => EmulatorResponse;
